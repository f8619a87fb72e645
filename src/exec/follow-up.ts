import { BridgeError } from "../kernel/errors.ts";
import type { Invocation } from "../aws/ssm.ts";
import { planFollowUp } from "../command/plan.ts";
import type { CommandPlan } from "../command/plan.ts";
import { briskDelayMs } from "./backoff.ts";
import { followCommand } from "./follow.ts";
import type { Ports } from "./ports.ts";
import { sendCommand } from "./send.ts";

/** Runs a short command of ours on the node of another one: a page of its output, what it left behind. */
export type FollowUp = (
  text: string,
  signal: AbortSignal,
) => Promise<Invocation>;

/** `limitMs` bounds each follow-up, from its send to its end. */
export function openFollowUp(
  ports: Ports,
  plan: CommandPlan,
  { limitMs }: { limitMs: number },
): FollowUp {
  const { target } = ports.subject;
  return async (text, signal) => {
    const { instanceId, documentName } = plan.request;
    const runId = ports.ssm.newRunId({
      instanceId,
      work: () => `${documentName}\n${text}`,
    });
    const comment = `rundeck-ssm: output of ${plan.runId}, run ${runId}`;
    const { request } = planFollowUp(plan, { text, runId, comment });
    const untilEpochMs = ports.clock.now() + limitMs;
    const command = await sendCommand(
      ports,
      { request, runId, giveUpAtEpochMs: untilEpochMs },
      { signal, last: signal },
    );
    if (!command) throw unfinished(target, "was stopped");
    const following = await followCommand(
      ports,
      command,
      {
        limit: { untilEpochMs },
        pauseMs: (_since, look, random) => briskDelayMs(look, random),
      },
      signal,
    );
    if (following.kind === "ended") return following.invocation;
    if (following.kind === "overdue" && following.failure)
      throw following.failure;
    throw unfinished(
      target,
      following.kind === "aborted" ? "was stopped" : "took too long",
    );
  };
}

function unfinished(target: string, why: string): BridgeError {
  return new BridgeError(
    "output-incomplete",
    `${target}: fetching the command's output ${why}`,
  );
}
