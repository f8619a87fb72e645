import { BridgeError } from "../kernel/errors.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { briskDelayMs } from "./backoff.ts";
import { followCommand } from "./follow.ts";
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
  const following = await followCommand(
    ports,
    command,
    {
      overdueAtEpochMs: untilEpochMs,
      pauseMs: (_since, look, random) => briskDelayMs(look, random),
    },
    new AbortController().signal,
  ).catch((error: unknown) => {
    if (error instanceof BridgeError) return undefined;
    throw error;
  });
  return following?.kind === "ended"
    ? { kind: "confirmed", invocation: following.invocation }
    : { kind: "unconfirmed" };
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
