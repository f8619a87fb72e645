import type { Call } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { NodeState } from "../../aws/ssm.ts";
import type { Clock } from "../../kernel/clock.ts";
import { BridgeError } from "../../kernel/errors.ts";
import { openJointCall } from "./joint-call.ts";
import type { JointCall } from "./joint-call.ts";

/** Runs that were sent together ask for their nodes together. */
const gatheringMs = 30;
/** What SSM knows of a node changes within minutes. */
const freshMs = 2_000;
/** A page has so many. Source: SSM API reference, DescribeInstanceInformation, MaxResults. */
const largestQuestion = 50;

type Asking = {
  instanceIds: Set<string>;
  joint: JointCall<ReadonlyMap<string, NodeState>>;
  askedAtEpochMs: number;
};

export type Describes = {
  describe(instanceId: string, call: Call): Promise<NodeState>;
};

/** Questions for several nodes that come together are one; the same question so soon again is none. */
export function openDescribes(
  client: Pick<RunCommand, "describe">,
  clock: Clock,
): Describes {
  let gathering: Asking | undefined;
  const byNode = new Map<string, Asking>();
  const forget = (asking: Asking) => {
    for (const id of asking.instanceIds)
      if (byNode.get(id) === asking) byNode.delete(id);
  };
  const open = (): Asking => {
    const instanceIds = new Set<string>();
    const joint = openJointCall(async (call) => {
      await clock.sleep(gatheringMs, call.signal);
      if (gathering?.joint === joint) gathering = undefined;
      call.signal.throwIfAborted();
      return client.describe([...instanceIds], call);
    });
    return { instanceIds, joint, askedAtEpochMs: clock.now() };
  };
  return {
    describe: async (instanceId, call) => {
      for (const old of new Set(byNode.values()))
        if (clock.now() - old.askedAtEpochMs > freshMs) forget(old);
      const known = byNode.get(instanceId);
      let asking = known && !known.joint.isDeserted() ? known : undefined;
      if (!asking) {
        const isFree =
          gathering &&
          !gathering.joint.isDeserted() &&
          gathering.instanceIds.size < largestQuestion;
        gathering = isFree ? gathering : open();
        asking = gathering ?? open();
        asking.instanceIds.add(instanceId);
        byNode.set(instanceId, asking);
      }
      try {
        const states = await asking.joint.join(call);
        return states.get(instanceId) ?? { kind: "unmanaged" };
      } catch (error) {
        forget(asking);
        // one id of several that AWS refuses is no reason to know nothing of the others
        if (asking.instanceIds.size === 1 || !isOfOneNode(error)) throw error;
        const states = await client.describe([instanceId], call);
        return states.get(instanceId) ?? { kind: "unmanaged" };
      }
    },
  };
}

function isOfOneNode(error: unknown): boolean {
  if (!(error instanceof BridgeError) || !error.failure) return false;
  const { sent, heals, denied } = error.failure;
  return sent === "refused" && heals === "never" && !denied;
}
