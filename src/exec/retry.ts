import { BridgeError, mayPass } from "../kernel/errors.ts";
import type { Call } from "../aws/companions.ts";
import { retryDelayMs } from "./backoff.ts";
import type { Ports } from "./ports.ts";

/** How long a call is repeated. */
export type Patience = {
  /** Without any answer of AWS's: a refusal for the rate and a server error are answers, too. */
  silenceMs: number;
  /** In any case. May be put off meanwhile. */
  untilEpochMs: number;
  /** When AWS last answered anything, where several calls share their patience. */
  contact?: { answeredAtEpochMs: number };
};

/** Before AWS has accepted anything we give up after this long without any answer. */
export const silenceLimitMs = 60_000;

/** An object's own requests may be repeated for so long. */
export const objectLimitMs = 180_000;

/** A call's companions. */
export function callOf(
  { subject, log: { debug } }: Pick<Ports, "subject" | "log">,
  signal: AbortSignal,
): Call {
  return { signal, subject, ...(debug ? { debug } : {}) };
}

/**
 * Repeats a call that may be repeated until it succeeds, is refused for good, or patience ends; then throws the last failure. An abort
 * of `signal` ends the waiting and throws its reason; a call under way has a signal of its own.
 */
export async function retry<T>(
  { clock, random }: Pick<Ports, "clock" | "random">,
  patience: Patience,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { silenceMs, contact = { answeredAtEpochMs: clock.now() } } = patience;
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (isAnswer(error)) contact.answeredAtEpochMs = clock.now();
      const silentUntil = contact.answeredAtEpochMs + silenceMs;
      const leftMs = Math.min(silentUntil, patience.untilEpochMs) - clock.now();
      if (leftMs <= 0) throw error;
      const pauseMs = retryDelayMs(attempt, random());
      await clock.sleep(Math.min(pauseMs, leftMs), signal);
    }
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof BridgeError && error.failure?.answered === true;
}

/** What AWS refuses while we clean up is no news: what counts is the state that is reached. */
export function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof BridgeError)) throw error;
}
