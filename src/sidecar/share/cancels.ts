import type { Call, Requester } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { CommandOnNode } from "../../aws/ssm.ts";
import type { Clock } from "../../kernel/clock.ts";
import { BridgeError } from "../../kernel/errors.ts";
import { openJointCall } from "./joint-call.ts";
import type { JointCall } from "./joint-call.ts";

/** Rundeck kills the nodes of a job within a moment; so long a cancel waits for the others of its command. */
const gatheringMs = 30;
/** A CancelCommand takes so many. Source: SSM API reference, CancelCommand, InstanceIds. */
const largestCancel = 50;
/** A cancel that still waits for its turn when those whom it is for have ended is made all the same, within so long: a sidecar that nobody uses ends after two minutes. */
const keptMs = 100_000;

type Cancelling = { instanceIds: Set<string>; joint: JointCall<void> };

export type Cancels = {
  cancel(command: CommandOnNode, call: Call): Promise<void>;
  /** Resolves when those under way have been made, or given up. */
  allMade(): Promise<void>;
};

/** Cancels of one command that come together are one request, for their nodes alone. It is made though nobody waits for it any longer. */
export function openCancels(
  client: Pick<RunCommand, "cancelOn">,
  clock: Clock,
): Cancels {
  const gathering = new Map<string, Cancelling>();
  const underWay = new Set<Promise<void>>();
  const keep = (making: Promise<void>) => {
    const kept = making
      .catch(() => undefined)
      .finally(() => underWay.delete(kept));
    underWay.add(kept);
    return making;
  };
  const open = (commandId: string): Cancelling => {
    const instanceIds = new Set<string>();
    const make = async (call: Call & { requester: Requester }) => {
      await clock.sleep(gatheringMs);
      if (gathering.get(commandId)?.joint === joint)
        gathering.delete(commandId);
      await client.cancelOn(commandId, [...instanceIds], {
        ...call,
        signal: clock.deadline(keptMs),
        requester: { ...call.requester, isUrgent: () => true },
      });
    };
    const joint = openJointCall((call) => keep(make(call)));
    const cancelling = { instanceIds, joint };
    gathering.set(commandId, cancelling);
    return cancelling;
  };
  return {
    cancel: async ({ commandId, instanceId }, call) => {
      const held = gathering.get(commandId);
      const isFree =
        held &&
        !held.joint.isDeserted() &&
        held.instanceIds.size < largestCancel;
      const { instanceIds, joint } = isFree ? held : open(commandId);
      instanceIds.add(instanceId);
      try {
        await joint.join(call);
      } catch (error) {
        // one id of several that AWS refuses is no reason not to cancel the others
        if (instanceIds.size === 1 || !isRefusedId(error)) throw error;
        await client.cancelOn(commandId, [instanceId], call);
      }
    },
    allMade: async () => void (await Promise.all(underWay)),
  };
}

function isRefusedId(error: unknown): boolean {
  return (
    error instanceof BridgeError && error.failure?.name === "InvalidInstanceId"
  );
}
