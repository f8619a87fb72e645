import type { Call, Requester } from "../../aws/companions.ts";
import { BridgeError } from "../../kernel/errors.ts";
import type { Subject } from "../../kernel/errors.ts";

/** Whom a request is for that several wait for: its failure is told anew to each of them. */
export const nobody: Subject = {
  target: "several nodes",
  setting: (name) => name,
  state: (name) => name,
};

/** A request that several wait for. It is aborted when nobody waits any longer; an answer that is there is kept. */
export type JointCall<T> = {
  /** Waits for the answer, or throws the reason of the call's own signals. */
  join(call: Call): Promise<T>;
  /** Everybody left before there was an answer, so that it has none for a newcomer. */
  isDeserted(): boolean;
};

export function openJointCall<T>(
  work: (call: Call & { requester: Requester }) => Promise<T>,
): JointCall<T> {
  const waiting = new Set<Call>();
  const ending = new AbortController();
  let answer: Promise<T> | undefined;
  let isAnswered = false;
  const ask = () =>
    work(callOfAll(() => [...waiting], ending.signal)).finally(() => {
      isAnswered = true;
    });
  return {
    join: async (call) => {
      const { signal, early = signal } = call;
      signal.throwIfAborted();
      early.throwIfAborted();
      waiting.add(call);
      answer ??= ask();
      try {
        return await unlessAborted(answer, signal);
      } catch (error) {
        throw toldTo(call.subject, error);
      } finally {
        waiting.delete(call);
        if (waiting.size === 0 && !isAnswered) ending.abort();
      }
    },
    isDeserted: () => ending.signal.aborted,
  };
}

/** The companions of a request that is made for several, whoever they are by then. */
export function callOfAll(
  calls: () => readonly Call[],
  signal: AbortSignal,
): Call & { requester: Requester } {
  return {
    signal,
    subject: nobody,
    onSent: () => {
      for (const { onSent } of calls()) onSent?.();
    },
    onTurn: () => {
      for (const { onTurn } of calls()) onTurn?.();
    },
    debug: (text) => {
      for (const { debug } of calls()) debug?.(text);
    },
    requester: requesterOf(calls),
  };
}

/** In a queue the first one stands for all; one that is in a hurry hurries all. */
function requesterOf(calls: () => readonly Call[]): Requester {
  const first = calls()[0]?.requester;
  return {
    project: first?.project ?? "",
    job: first?.job ?? "",
    isUrgent: () => isAnyUrgent(calls()),
  };
}

export function isAnyUrgent(calls: readonly Call[]): boolean {
  return calls.some(({ requester }) => requester?.isUrgent() ?? false);
}

/** A failure in words for one of those whom it concerns. */
export function toldTo(subject: Subject, error: unknown): unknown {
  return error instanceof BridgeError ? error.tellTo(subject) : error;
}

/** Waits for `work`, or throws the signal's reason. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    work
      .finally(() => signal.removeEventListener("abort", end))
      .then(resolve, reject);
  });
}
