import { BridgeError } from "../kernel/errors.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { graceSeconds } from "../command/plan.ts";
import type { CommandPlan } from "../command/plan.ts";
import { composeStop } from "../command/runner/compose.ts";
import { briskDelayMs } from "./backoff.ts";
import { followCommand } from "./follow.ts";
import type { FollowUp } from "./follow-up.ts";
import type { Ports } from "./ports.ts";
import { transient } from "./send.ts";

/** How long a cancel may take, from the request to a terminal state that AWS confirms. */
const cancelLimitMs = 20_000;

/** What became of a cancel. */
export type Cancelling =
  /** AWS shows a terminal state: nothing of it runs under the agent. */
  | { kind: "confirmed"; invocation: Invocation }
  /** Asked for, but AWS shows no end (a command queued on the node stays Cancelling). */
  | { kind: "unconfirmed" }
  /** The credentials may not cancel. */
  | { kind: "denied" };

/** Cancels a command on one node and waits, bounded, until AWS shows that it has ended. Never throws for AWS's refusals. */
export async function cancelCommand(
  ports: Ports,
  command: CommandOnNode,
): Promise<Cancelling> {
  const untilEpochMs = ports.clock.now() + cancelLimitMs;
  const asked = await askToCancel(ports, command, untilEpochMs);
  if (asked !== "asked") return { kind: asked };
  return confirm(ports, command, untilEpochMs);
}

/**
 * Ends a command on its node: by CancelCommand or, where the credentials may send commands but not cancel them (the policy of
 * Rundeck's own SSM plugin), by a follow-up that ends it there.
 */
export async function endCommand(
  ports: Ports,
  plan: CommandPlan,
  command: CommandOnNode,
  followUp: FollowUp,
): Promise<Cancelling> {
  const cancelling = await cancelCommand(ports, command);
  if (cancelling.kind !== "denied") return cancelling;
  const { runId, platform, target } = plan;
  if (plan.runner === "none") {
    ports.log.note(
      `${target}: ssm:CancelCommand is denied, so the command goes on; add the action to the policy`,
    );
    return cancelling;
  }
  const text = composeStop({ runId, platform, graceSeconds });
  await followUp(text, new AbortController().signal).catch(ignoreRefusal);
  return confirm(ports, command, ports.clock.now() + cancelLimitMs);
}

async function confirm(
  ports: Ports,
  command: CommandOnNode,
  untilEpochMs: number,
): Promise<Cancelling> {
  const following = await followCommand(
    ports,
    command,
    {
      overdueAtEpochMs: untilEpochMs,
      pauseMs: (_since, look, random) => briskDelayMs(look, random),
    },
    new AbortController().signal,
  ).catch(ignoreRefusal);
  return following?.kind === "ended"
    ? { kind: "confirmed", invocation: following.invocation }
    : { kind: "unconfirmed" };
}

/** What AWS refuses while we clean up is no news: what counts is the state that is reached. */
function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof BridgeError)) throw error;
}

async function askToCancel(
  { ssm, clock, random }: Ports,
  command: CommandOnNode,
  untilEpochMs: number,
): Promise<"asked" | "denied" | "unconfirmed"> {
  for (let attempt = 0; clock.now() < untilEpochMs; attempt += 1) {
    try {
      await ssm.cancel(command, new AbortController().signal);
      return "asked";
    } catch (error) {
      if (error instanceof BridgeError && error.code === "access-denied")
        return "denied";
      transient(error);
      await clock.sleep(briskDelayMs(attempt, random()));
    }
  }
  return "unconfirmed";
}
