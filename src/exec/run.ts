import { BridgeError } from "../kernel/errors.ts";
import type { Outcome } from "../kernel/outcome.ts";
import type { Invocation } from "../aws/ssm.ts";
import type { CommandPlan } from "../command/plan.ts";
import type { Output } from "../output/chunk.ts";
import { openDelivery } from "../output/delivery.ts";
import { composeRemove } from "../command/runner/compose.ts";
import { endCommand } from "./cancel.ts";
import type { Cancelling } from "./cancel.ts";
import type { Following } from "./follow.ts";
import { openFollowUp } from "./follow-up.ts";
import type { FollowUp } from "./follow-up.ts";
import type { OutputPorts, Ports } from "./ports.ts";
import { sendCommand } from "./send.ts";
import { settle } from "./settle.ts";
import { replyOf } from "./watch.ts";
import type { Run, Watcher } from "./watch.ts";
import { watchLogs } from "./watch-logs.ts";
import { watchByPolls, watchEnd } from "./watch-spool.ts";

/** How long a page of output, or the rest of an ended command, may take to fetch. */
const followUpLimitMs = 90_000;
/** After a kill the user waits for nothing: what is left is cleared away within this time. */
const clearUpLimitMs = 30_000;

/**
 * Runs a command on a node: send, follow, output, outcome. When `signal` aborts (Rundeck has killed the job) the command is
 * cancelled at once, also one whose send has not been answered yet, and what it wrote is still delivered.
 * Throws what we could not do; how the command itself ended is the outcome.
 */
export async function runCommand(
  ports: Ports & OutputPorts,
  plan: CommandPlan,
  { newRunId, output }: { newRunId: () => string; output: Output },
  signal: AbortSignal,
): Promise<Outcome> {
  const { runId, target, request } = plan;
  const overdueAtEpochMs = ports.clock.now() + plan.longestMs;
  const sending = { request, runId, giveUpAtEpochMs: overdueAtEpochMs, target };
  const command = await sendCommand(ports, sending, signal);
  if (!command) return { kind: "cancelled", by: "rundeck" };
  const followUp: FollowUp = (text, until) => {
    const limitMs = signal.aborted ? clearUpLimitMs : followUpLimitMs;
    return openFollowUp(ports, plan, { newRunId, limitMs })(text, until);
  };
  const run = {
    ports,
    plan,
    command,
    delivery: openDelivery(output),
    followUp,
    newRunId,
    spool: { isRemoved: false },
  };
  const watcher = openWatcher(run);
  try {
    const watched = await watcher.follow({ overdueAtEpochMs }, signal);
    switch (watched.kind) {
      case "told":
        return watched.outcome;
      case "ended":
        return await settleEnded(plan, watcher, watched.invocation, signal);
      case "aborted":
      case "overdue":
        await stopCommand(run, watcher);
        return stopped(plan, watched);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    await stopCommand(run, watcher);
    return { kind: "cancelled", by: "rundeck" };
  }
}

function openWatcher(run: Run): Watcher {
  const { watch } = run.plan;
  switch (watch.kind) {
    case "logs":
      return watchLogs(run, watch);
    case "polls":
      return watchByPolls(run);
    case "end":
      return watchEnd(run);
  }
}

/** Ended before it could start: there is nothing to recover. */
const neverStarted = new Set([
  "DeliveryTimedOut",
  "Undeliverable",
  "Terminated",
  "InvalidPlatform",
  "AccessDenied",
]);

async function settleEnded(
  plan: CommandPlan,
  watcher: Watcher,
  invocation: Invocation,
  signal: AbortSignal,
): Promise<Outcome> {
  const report = neverStarted.has(invocation.status)
    ? undefined
    : await watcher.finish(replyOf(invocation), signal);
  return settle({ invocation, report, ...plan });
}

/** Ends a command that is not waited for any longer, delivers what it wrote, and leaves nothing of it on the node. */
async function stopCommand(run: Run, watcher: Watcher): Promise<void> {
  const { ports, plan, command, followUp } = run;
  const cancelling = await endCommand(ports, plan, command, followUp);
  const reply =
    cancelling.kind === "confirmed"
      ? replyOf(cancelling.invocation)
      : { stdout: "", stderr: "" };
  const until = ports.clock.deadline(clearUpLimitMs);
  try {
    await watcher.finish(reply, until);
    if (isSpoolLeft(run, cancelling)) {
      const { runId, platform } = plan;
      await followUp(composeRemove({ runId, platform }), until);
    }
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    ports.log.note(
      `${plan.target}: what the command wrote before it was ended could not be fetched (${error.code})`,
    );
  }
}

/** A cancel may kill the runner between its last line, which tells all, and the removal of its private files. */
function isSpoolLeft({ plan, spool }: Run, cancelling: Cancelling): boolean {
  return (
    plan.runner === "full" &&
    !spool.isRemoved &&
    cancelling.kind === "confirmed" &&
    cancelling.invocation.status === "Cancelled"
  );
}

/** The outcome of a command that we ended. Throws AWS's last failure if that is why nothing was heard of it. */
function stopped(
  plan: CommandPlan,
  following: Exclude<Following, { kind: "ended" }>,
): Outcome {
  if (following.kind === "aborted") return { kind: "cancelled", by: "rundeck" };
  if (following.failure) throw following.failure;
  return following.lastStatus === "InProgress"
    ? {
        kind: "execution-timeout",
        afterSeconds: plan.executionTimeoutSeconds,
      }
    : {
        kind: "delivery-timeout",
        afterSeconds: plan.deliveryTimeoutSeconds,
      };
}
