import { BridgeError } from "../kernel/errors.ts";
import type { CommandOnNode, SendRequest } from "../aws/ssm.ts";
import { retryDelayMs } from "./backoff.ts";
import type { Ports } from "./ports.ts";

/** Before AWS has accepted a command we give up after this long without any answer. */
const silenceLimitMs = 60_000;
/** A clock that is minutes off must not hide our own command from a search. */
const clockSlackMs = 15 * 60_000;
/** Pauses before each look for a command whose send went unanswered: AWS shows a new command after about a second. */
const searchPausesMs = [1_000, 2_000, 4_000];

export type Sending = {
  request: SendRequest;
  /** In the request's comment; a lost command is found by it. */
  runId: string;
  /** When to stop trying, in any case. */
  giveUpAtEpochMs: number;
  /** "node web-1 (i-…, us-east-1)" */
  target: string;
};

/**
 * Sends a command exactly once. SendCommand has no idempotency token: a send that was refused, or that never reached AWS, is
 * repeated; one whose answer was lost is looked up first. Aborting never interrupts a request under way, since it may take
 * effect: it resolves to the command, so that the caller can cancel it, or to undefined if nothing was sent.
 * Throws `aws-…` when AWS stays away, and whatever AWS refuses.
 */
export async function sendCommand(
  ports: Ports,
  sending: Sending,
  signal: AbortSignal,
): Promise<CommandOnNode | undefined> {
  const { ssm, clock, random } = ports;
  const startedAt = clock.now();
  let lastAnswerAt = startedAt;
  for (let attempt = 0; ; attempt += 1) {
    if (signal.aborted) return undefined;
    try {
      return await ssm.send(sending.request, new AbortController().signal);
    } catch (error) {
      const failure = transient(error);
      if (failure.code === "aws-throttled" || failure.code === "aws-failing")
        lastAnswerAt = clock.now();
      if (failure.code === "aws-failing" || failure.code === "aws-silent") {
        const found = await findLost(ports, sending, startedAt, failure);
        if (found) return found;
      }
      const now = clock.now();
      if (
        now - lastAnswerAt >= silenceLimitMs ||
        now >= sending.giveUpAtEpochMs
      )
        throw failure;
      await clock.sleep(retryDelayMs(attempt, random()), signal);
    }
  }
}

/** The failure if it may pass by itself; anything else is thrown on. */
export function transient(error: unknown): BridgeError {
  if (error instanceof BridgeError && error.code.startsWith("aws-"))
    return error;
  throw error;
}

/** Looks for the command of a send whose answer was lost. It throws if it cannot be known whether the command was accepted. */
async function findLost(
  { ssm, clock, random }: Ports,
  { request, runId, giveUpAtEpochMs, target }: Sending,
  startedAt: number,
  lost: BridgeError,
): Promise<CommandOnNode | undefined> {
  const search = {
    instanceId: request.instanceId,
    runId,
    sinceEpochMs: startedAt - clockSlackMs,
  };
  const searchUntil = Math.min(giveUpAtEpochMs, clock.now() + silenceLimitMs);
  let looks = 0;
  for (let attempt = 0; looks < searchPausesMs.length; attempt += 1) {
    await clock.sleep(searchPausesMs[looks] ?? 0);
    try {
      const found = await ssm.find(search, new AbortController().signal);
      if (found) return found;
      looks += 1;
    } catch (error) {
      if (error instanceof BridgeError && error.code === "access-denied")
        throw new BridgeError(
          "access-denied",
          `${target}: the answer to ssm:SendCommand was lost, and ssm:ListCommands, which tells whether the command was accepted, is denied; it was not sent again and may be running; add ssm:ListCommands to the policy`,
          { cause: error },
        );
      transient(error);
      if (clock.now() >= searchUntil)
        throw new BridgeError(
          lost.code,
          `${lost.message}; AWS did not tell either whether the command was accepted, so it was not sent again and may be running`,
          { cause: lost },
        );
      await clock.sleep(retryDelayMs(attempt, random()));
    }
  }
  return undefined;
}
