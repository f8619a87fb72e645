import { BridgeError } from "../kernel/errors.ts";
import { planFollowUp } from "../command/plan.ts";
import type { CommandPlan } from "../command/plan.ts";
import { briskDelayMs } from "./backoff.ts";
import { cancelCommand } from "./cancel.ts";
import { followCommand } from "./follow.ts";
import type { FollowUp, Ports } from "./ports.ts";
import { sendCommand } from "./send.ts";

/** A free node answers within seconds; a busy one may still, so that the second time is the whole limit. */
const firstAnswerMs = 60_000;

/** `limitMs` bounds each follow-up, from its send to its end. */
export function openFollowUp(
  ports: Ports,
  plan: CommandPlan,
  { limitMs }: { limitMs: number },
): FollowUp {
  const { target } = ports.subject;
  const ask = async (text: string, signal: AbortSignal, answerMs: number) => {
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
    const answerUntil = Math.min(untilEpochMs, ports.clock.now() + answerMs);
    const following = await followCommand(
      ports,
      command,
      {
        limit: { untilEpochMs: answerUntil },
        pauseMs: (_since, look, random) => briskDelayMs(look, random),
      },
      signal,
    );
    return { command, following };
  };
  return async (text, signal, { mayRepeat } = {}) => {
    const first = mayRepeat && (await ask(text, signal, firstAnswerMs));
    const { command, following } =
      first && first.following.kind !== "overdue"
        ? first
        : await ask(text, signal, limitMs);
    if (following.kind === "ended") return following.invocation;
    if (following.kind !== "overdue") throw unfinished(target, "was stopped");
    // when its turn comes nobody wants any more what it does
    await cancelCommand(ports, command, signal);
    throw following.failure ?? unfinished(target, "took too long");
  };
}

function unfinished(target: string, why: string): BridgeError {
  return new BridgeError(
    "output-incomplete",
    `${target}: fetching the command's output ${why}`,
  );
}
