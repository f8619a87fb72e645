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
  const contact = { sinceEpochMs: clock.now(), lastEpochMs: clock.now() };
  for (let attempt = 0; ; attempt += 1) {
    if (signal.aborted) return undefined;
    try {
      return await ssm.send(sending.request, new AbortController().signal);
    } catch (error) {
      const failure = transient(error);
      noteAnswer(contact, failure, clock.now());
      if (failure.code === "aws-failing" || failure.code === "aws-silent") {
        const found = await findLost(ports, sending, contact, failure);
        if (found) return found;
      }
      const leftMs = timeLeftMs(ports, sending, contact);
      if (leftMs <= 0) throw failure;
      const pauseMs = retryDelayMs(attempt, random());
      await clock.sleep(Math.min(pauseMs, leftMs), signal);
    }
  }
}

/** When we began, and when AWS last answered anything at all. */
type Contact = { sinceEpochMs: number; lastEpochMs: number };

/** A refusal and a server error are answers, too. */
function noteAnswer(contact: Contact, failure: BridgeError, now: number): void {
  if (failure.code === "aws-throttled" || failure.code === "aws-failing")
    contact.lastEpochMs = now;
}

function timeLeftMs(
  { clock }: Ports,
  { giveUpAtEpochMs }: Sending,
  { lastEpochMs }: Contact,
): number {
  return Math.min(lastEpochMs + silenceLimitMs, giveUpAtEpochMs) - clock.now();
}

/** The failure if it may pass by itself; anything else is thrown on. */
export function transient(error: unknown): BridgeError {
  if (error instanceof BridgeError && error.code.startsWith("aws-"))
    return error;
  throw error;
}

/** Looks for the command of a send whose answer was lost. It throws if it cannot be known whether the command was accepted. */
async function findLost(
  ports: Ports,
  sending: Sending,
  contact: Contact,
  lost: BridgeError,
): Promise<CommandOnNode | undefined> {
  const { ssm, clock, random } = ports;
  const search = {
    instanceId: sending.request.instanceId,
    runId: sending.runId,
    sinceEpochMs: contact.sinceEpochMs - clockSlackMs,
  };
  let looks = 0;
  for (let attempt = 0; looks < searchPausesMs.length; attempt += 1) {
    await clock.sleep(searchPausesMs[looks] ?? 0);
    try {
      const found = await ssm.find(search, new AbortController().signal);
      if (found) return found;
      looks += 1;
      contact.lastEpochMs = clock.now();
    } catch (error) {
      noteAnswer(contact, refuseUnknown(error, sending, lost), clock.now());
      const leftMs = timeLeftMs(ports, sending, contact);
      if (leftMs <= 0)
        throw new BridgeError(
          lost.code,
          `${lost.message}; AWS did not tell either whether the command was accepted, so it was not sent again and may be running`,
          { cause: lost },
        );
      await clock.sleep(Math.min(retryDelayMs(attempt, random()), leftMs));
    }
  }
  return undefined;
}

/** Passes over what may pass by itself; where the look-up is denied nobody knows whether the command was accepted. */
function refuseUnknown(
  error: unknown,
  { target }: Sending,
  lost: BridgeError,
): BridgeError {
  if (!(error instanceof BridgeError && error.code === "access-denied"))
    return transient(error);
  throw new BridgeError(
    "access-denied",
    `${target}: the answer to ssm:SendCommand was lost (${lost.code}), and ssm:ListCommands, which tells whether the command was accepted, is denied; it was not sent again and may be running; add ssm:ListCommands to the policy`,
    { cause: error },
  );
}
