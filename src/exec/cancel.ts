import { BridgeError, mayPass } from "../kernel/errors.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { graceSeconds } from "../command/plan.ts";
import type { CommandPlan } from "../command/plan.ts";
import { composeStop } from "../command/runner/compose.ts";
import { readLeft } from "../command/runner/report.ts";
import { briskDelayMs } from "./backoff.ts";
import { followCommand } from "./follow.ts";
import type { FollowUp, Ports } from "./ports.ts";
import { callOf, ignoreRefusal, retry } from "./retry.ts";
import { endOfEither } from "./signals.ts";

/** How long a cancel may take, from the request to a terminal state that AWS confirms. */
const cancelLimitMs = 10_000;
/** After so long without an answer to the request itself we look whether it had its effect, and try the other way. */
const askLimitMs = 4_000;
const lookLimitMs = 2_000;
const stopLimitMs = 30_000;

/** What became of a cancel. */
export type Cancelling =
  /** AWS shows a terminal state: nothing of it runs under the agent. */
  | {
      kind: "confirmed";
      invocation: Invocation;
      /** The node has seen a process of it that lives on. */
      isPartLeft?: boolean;
    }
  /** Asked for, but AWS shows no end: a command queued on the node stays Cancelling. */
  | { kind: "unconfirmed" }
  /** AWS did not answer, and shows no end. */
  | { kind: "unanswered" }
  /** The credentials may not cancel, or something between us and AWS refuses it. */
  | { kind: "refused"; failure: BridgeError };

/** Whether AWS ended it before the node worked on it. */
export function hasNotBegun(cancelling: Cancelling): boolean {
  return (
    cancelling.kind === "confirmed" &&
    cancelling.invocation.status === "Cancelled" &&
    !cancelling.invocation.isListed &&
    (cancelling.invocation.elapsedMs ?? 0) === 0
  );
}

/** Cancels a command on one node and waits, until `last` at most, until AWS shows that it has ended. Never throws for AWS's refusals. */
export async function cancelCommand(
  ports: Ports,
  command: CommandOnNode,
  last: AbortSignal,
): Promise<Cancelling> {
  const untilEpochMs = ports.clock.now() + cancelLimitMs;
  const asked = await askToCancel(ports, command, last);
  switch (asked.kind) {
    case "refused":
      return asked;
    case "asked":
      return confirm(ports, command, untilEpochMs, last);
    case "unanswered": {
      const limit = ports.clock.now() + lookLimitMs;
      const looked = await confirm(ports, command, limit, last);
      return looked.kind === "confirmed" ? looked : { kind: "unanswered" };
    }
  }
}

/**
 * Ends a command on its node: by CancelCommand or, where the credentials may send commands but not cancel them (the policy of
 * Rundeck's own SSM plugin), by a follow-up that ends it there.
 */
export async function endCommand(
  ports: Ports,
  plan: CommandPlan,
  command: CommandOnNode,
  { followUp, last }: { followUp: FollowUp; last: AbortSignal },
): Promise<Cancelling> {
  const cancelling = await cancelCommand(ports, command, last);
  const isDone =
    cancelling.kind === "confirmed" || cancelling.kind === "unconfirmed";
  if (isDone || plan.runner === "none") return cancelling;
  const { runId, platform } = plan;
  const text = composeStop({ runId, platform, graceSeconds });
  const limit = endOfEither(last, ports.clock.deadline(stopLimitMs));
  const stopped = await followUp(text, limit).catch((error: unknown) =>
    limit.aborted ? undefined : ignoreRefusal(error),
  );
  if (!stopped) return cancelling;
  const untilEpochMs = ports.clock.now() + cancelLimitMs;
  const confirmed = await confirm(ports, command, untilEpochMs, last);
  const isPartLeft = readLeft(stopped.stdout, runId) ?? false;
  return confirmed.kind === "confirmed"
    ? { ...confirmed, isPartLeft }
    : confirmed;
}

async function confirm(
  ports: Ports,
  command: CommandOnNode,
  untilEpochMs: number,
  last: AbortSignal,
): Promise<Cancelling> {
  const following = await followCommand(
    ports,
    command,
    {
      limit: { untilEpochMs },
      pauseMs: (_since, look, random) => briskDelayMs(look, random),
    },
    last,
  ).catch(ignoreRefusal);
  return following?.kind === "ended"
    ? { kind: "confirmed", invocation: following.invocation }
    : { kind: "unconfirmed" };
}

async function askToCancel(
  ports: Ports,
  command: CommandOnNode,
  last: AbortSignal,
): Promise<
  { kind: "asked" | "unanswered" } | Extract<Cancelling, { kind: "refused" }>
> {
  const untilEpochMs = ports.clock.now() + askLimitMs;
  const patience = { silenceMs: askLimitMs, untilEpochMs };
  const limit = endOfEither(last, ports.clock.deadline(askLimitMs));
  try {
    await retry(ports, patience, limit, () =>
      ports.ssm.cancel(command, callOf(ports, limit)),
    );
    return { kind: "asked" };
  } catch (error) {
    if (limit.aborted) return { kind: "unanswered" };
    if (!(error instanceof BridgeError)) throw error;
    return mayPass(error)
      ? { kind: "unanswered" }
      : { kind: "refused", failure: error };
  }
}
