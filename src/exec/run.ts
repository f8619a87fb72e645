import { BridgeError } from "../kernel/errors.ts";
import type { Outcome } from "../kernel/outcome.ts";
import type { CommandOnNode } from "../aws/ssm.ts";
import type { CommandPlan } from "../command/plan.ts";
import type { Captured } from "../output/packed.ts";
import { endCommand } from "./cancel.ts";
import { followCommand } from "./follow.ts";
import type { Following } from "./follow.ts";
import { openFollowUp } from "./follow-up.ts";
import type { FollowUp } from "./follow-up.ts";
import { gather, replyOf } from "./gather.ts";
import type { Gathered } from "./gather.ts";
import type { Ports } from "./ports.ts";
import { sendCommand } from "./send.ts";
import { settle } from "./settle.ts";

/** Where the remote command's bytes go. */
export type Output = (captured: Captured) => Promise<void>;

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
  ports: Ports,
  plan: CommandPlan,
  { newRunId, output }: { newRunId: () => string; output: Output },
  signal: AbortSignal,
): Promise<Outcome> {
  const overdueAtEpochMs = ports.clock.now() + plan.longestMs;
  const command = await sendCommand(
    ports,
    {
      request: plan.request,
      runId: plan.runId,
      giveUpAtEpochMs: overdueAtEpochMs,
      target: plan.target,
    },
    signal,
  );
  if (!command) return { kind: "cancelled", by: "rundeck" };
  const following = await followCommand(
    ports,
    command,
    { overdueAtEpochMs },
    signal,
  );
  const stop = async () =>
    stopCommand(ports, plan, command, {
      followUp: openFollowUp(ports, plan, {
        newRunId,
        limitMs: clearUpLimitMs,
      }),
      output,
    });
  if (following.kind !== "ended") {
    await stop();
    return stopped(plan, following);
  }
  const { invocation } = following;
  const followUp = openFollowUp(ports, plan, {
    newRunId,
    limitMs: followUpLimitMs,
  });
  try {
    const { report, captured } = await gatherEnded(
      ports,
      plan,
      command,
      { following, followUp },
      signal,
    );
    await output(captured);
    return settle({ invocation, report, ...plan });
  } catch (error) {
    if (!signal.aborted) throw error;
    await stop();
    return { kind: "cancelled", by: "rundeck" };
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

async function gatherEnded(
  ports: Ports,
  plan: CommandPlan,
  command: CommandOnNode,
  {
    following: { invocation },
    followUp,
  }: { following: Extract<Following, { kind: "ended" }>; followUp: FollowUp },
  signal: AbortSignal,
): Promise<Gathered> {
  const reply = replyOf(invocation);
  if (neverStarted.has(invocation.status))
    return { report: undefined, captured: empty() };
  return gather(ports, plan, { command, reply }, followUp, signal);
}

/** Ends a command that is not waited for any longer, and delivers what it wrote. */
async function stopCommand(
  ports: Ports,
  plan: CommandPlan,
  command: CommandOnNode,
  { followUp, output }: { followUp: FollowUp; output: Output },
): Promise<void> {
  const cancelling = await endCommand(ports, plan, command, followUp);
  const reply =
    cancelling.kind === "confirmed"
      ? replyOf(cancelling.invocation)
      : { stdout: "", stderr: "" };
  try {
    const left = { command, reply };
    const never = new AbortController().signal;
    const { captured } = await gather(ports, plan, left, followUp, never);
    await output(captured);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    ports.log.note(
      `${plan.target}: what the command wrote before it was ended could not be fetched (${error.code})`,
    );
  }
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

function empty(): Captured {
  return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
}
