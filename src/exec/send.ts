import { BridgeError, extend, mayHaveHappened } from "../kernel/errors.ts";
import type { CommandOnNode, SendRequest } from "../aws/ssm.ts";
import type { Ports } from "./ports.ts";
import { callOf, retry, silenceLimitMs } from "./retry.ts";
import type { Patience } from "./retry.ts";
import { delaySignal, endOfEither } from "./signals.ts";

/** Pauses before each look for a command whose send went unanswered: AWS shows a new command after about a second. */
const searchPausesMs = [300, 700, 2_000];
/** After a kill an answer is waited for so long: then there is time to look the command up, and to cancel it. */
const answerLimitMs = 5_000;

export type Sending = {
  request: SendRequest;
  /** In the request's comment; a lost command is found by it. */
  runId: string;
  /** When to stop trying, in any case. */
  giveUpAtEpochMs: number;
};

/** What ends a run: `signal` at once, `last` a while later, which ends also what must not be interrupted. */
export type Ends = { signal: AbortSignal; last: AbortSignal };

/**
 * Sends a command exactly once. SendCommand has no idempotency token: a send that was refused, or that never reached AWS, is
 * repeated; one whose answer was lost is looked up first. Aborting `signal` does not interrupt a request under way, since it may
 * take effect: it resolves to the command, so that the caller can cancel it, or to undefined if nothing was sent.
 * Throws what `retry` throws; a failure that says "may be running" where nobody knows.
 */
export async function sendCommand(
  ports: Ports,
  sending: Sending,
  { signal, last }: Ends,
): Promise<CommandOnNode | undefined> {
  const { ssm } = ports;
  const patience = patienceOf(ports, sending);
  const beginAttempt = discountQueues(ports, patience);
  const over = new AbortController();
  const late = delaySignal(ports, signal, answerLimitMs, over.signal);
  const unanswered = endOfEither(late, last, over.signal);
  const send = async (): Promise<Sent> => {
    try {
      const command = await ssm.send(sending.request, {
        ...callOf(ports, unanswered),
        early: signal,
        onTurn: beginAttempt(),
      });
      return { kind: "accepted", command };
    } catch (error) {
      if (!unanswered.aborted && !mayHaveHappened(error)) throw error;
      const lost = { lost: error, patience };
      const { request, runId } = sending;
      const search = { instanceId: request.instanceId, runId };
      const sent = await findLost(ports, search, lost, { signal, last });
      if (sent) return sent;
      throw error;
    }
  };
  const sent = await retry(ports, patience, signal, send)
    .catch((error: unknown): Sent => {
      if (signal.aborted && error === signal.reason)
        return { kind: "not-sent" };
      throw error;
    })
    .finally(() => over.abort());
  switch (sent.kind) {
    case "accepted":
      return sent.command;
    case "not-sent":
      return undefined;
    case "unknown":
      throw sent.error;
  }
}

/** `unknown` is no failure that `retry` may see: it would send again what may be running. */
type Sent = Found | { kind: "not-sent" };
type Found =
  | { kind: "accepted"; command: CommandOnNode }
  | { kind: "unknown"; error: unknown };

/**
 * Looks for the command that a process had sent, or was about to send, when it died: its request may still arrive. Undefined: AWS has
 * shown that it took nothing. Throws a failure that says "may be running" where nobody knows.
 */
export async function findSent(
  ports: Ports,
  sending: Omit<Sending, "request"> & { instanceId: string },
  ends: Ends,
): Promise<CommandOnNode | undefined> {
  const lost = new BridgeError(
    "aws-silent",
    `${ports.subject.target}: the process that was to send the command has died`,
  );
  const patience = patienceOf(ports, sending);
  const sent = await findLost(ports, sending, { lost, patience }, ends);
  if (sent?.kind === "unknown") throw sent.error;
  return sent?.command;
}

/**
 * A request that waits for its turn among others' has not been made: what it waits is neither AWS's silence nor, before the first turn of
 * all, time for the send. Gives what begins an attempt, and this what is called at each turn of the attempt.
 */
function discountQueues(
  { clock }: Ports,
  patience: Required<Patience>,
): () => () => void {
  let hadTurn = false;
  return () => {
    let sinceEpochMs = clock.now();
    return () => {
      const now = clock.now();
      const waitedMs = now - sinceEpochMs;
      sinceEpochMs = now;
      patience.contact.answeredAtEpochMs += waitedMs;
      if (!hadTurn) patience.untilEpochMs += waitedMs;
      hadTurn = true;
    };
  };
}

function patienceOf(
  { clock }: Ports,
  { giveUpAtEpochMs }: Pick<Sending, "giveUpAtEpochMs">,
): Required<Patience> {
  return {
    silenceMs: silenceLimitMs,
    untilEpochMs: giveUpAtEpochMs,
    contact: { answeredAtEpochMs: clock.now() },
  };
}

/** Looks for the command of a send whose answer was lost. Undefined: AWS has shown that it took nothing. */
async function findLost(
  ports: Ports,
  { instanceId, runId }: { instanceId: string; runId: string },
  { lost, patience }: { lost: unknown; patience: Required<Patience> },
  { signal, last }: Ends,
): Promise<Found | undefined> {
  const { ssm, clock } = ports;
  try {
    for (const pauseMs of searchPausesMs) {
      await clock.sleep(pauseMs, last);
      const command = await retry(ports, patience, last, () =>
        ssm.find({ instanceId, runId }, callOf(ports, last)),
      );
      if (command) return { kind: "accepted", command };
      patience.contact.answeredAtEpochMs = clock.now();
    }
  } catch (error) {
    const told = signal.aborted
      ? unknownAfterKill(ports, error)
      : unknown(ports, lost, error);
    return { kind: "unknown", error: told };
  }
  return undefined;
}

/** Nobody knows whether the command was accepted. `lost`: why its send has no answer; `error`: why it could not be looked up. */
function unknown(ports: Ports, lost: unknown, error: unknown): unknown {
  const { target } = ports.subject;
  const isDenied =
    error instanceof BridgeError && error.code === "access-denied";
  if (isDenied)
    return extend(
      error,
      `${target}: the answer to ssm:SendCommand was lost${lost instanceof BridgeError ? ` (${lost.code})` : ""}, and ssm:ListCommands, which tells whether the command was accepted, is denied; it was not sent again and may be running; add ssm:ListCommands to the policy`,
    );
  if (!(lost instanceof BridgeError)) return lost;
  return extend(
    lost,
    `${lost.message}; AWS did not tell either whether the command was accepted, so it was not sent again and may be running`,
  );
}

function unknownAfterKill({ subject }: Ports, error: unknown): BridgeError {
  return new BridgeError(
    "cancelled",
    `${subject.target}: killed by Rundeck before AWS had answered the send or told whether the command was accepted: it may be running`,
    { cause: error },
  );
}
