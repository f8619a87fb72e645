import type { Call } from "../../aws/companions.ts";
import type { FoundCommand } from "../../aws/find-command.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { CommandOnNode } from "../../aws/ssm.ts";
import type { Clock } from "../../kernel/clock.ts";
import { openJointCall } from "./joint-call.ts";
import type { JointCall } from "./joint-call.ts";

/** An answer that says no is as good for whoever asks so soon after. */
const sameMomentMs = 150;
/** A send whose answer was lost is looked up within minutes. */
const keptMs = 15 * 60_000;

type Search = { instanceId: string; runId: string };

/** A request that was made: whoever looks it up asks for all who were in it. */
type Attempt = {
  instanceIds: readonly string[];
  madeAtEpochMs: number;
  asking?: JointCall<FoundCommand | undefined>;
  askedAtEpochMs?: number;
  found?: FoundCommand;
};

export type Finds = {
  /** A request of this run is about to be made. */
  note(runId: string, instanceIds: readonly string[]): void;
  find(search: Search, call: Call): Promise<CommandOnNode | undefined>;
};

/** Looks up what was sent in one request by one request, too. */
export function openFinds(
  client: Pick<RunCommand, "find">,
  clock: Clock,
): Finds {
  const attempts = new Map<string, Attempt[]>();
  const join = (attempt: Attempt, search: Search, call: Call) => {
    const isFresh =
      clock.now() - (attempt.askedAtEpochMs ?? -Infinity) < sameMomentMs;
    if (!attempt.asking || attempt.asking.isDeserted() || !isFresh) {
      attempt.askedAtEpochMs = clock.now();
      attempt.asking = openJointCall((joint) => client.find(search, joint));
    }
    return attempt.asking.join(call);
  };
  return {
    note: (runId, instanceIds) => {
      const now = clock.now();
      for (const [id, of] of attempts)
        if (of.every((one) => now - one.madeAtEpochMs > keptMs))
          attempts.delete(id);
      const ofRun = attempts.get(runId) ?? [];
      attempts.set(runId, [{ instanceIds, madeAtEpochMs: now }, ...ofRun]);
    },
    find: async (search, call) => {
      const { instanceId, runId } = search;
      const attempt = attempts
        .get(runId)
        ?.find(({ instanceIds }) => instanceIds.includes(instanceId));
      const found = attempt
        ? (attempt.found ?? (await join(attempt, search, call)))
        : await client.find(search, call);
      if (!found) return undefined;
      if (attempt) attempt.found = found;
      const isOurs = found.instanceIds.includes(instanceId);
      const own = isOurs ? found : await client.find(search, call);
      return own && { commandId: own.commandId, instanceId };
    },
  };
}
