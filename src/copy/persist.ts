import { retryDelayMs } from "../exec/backoff.ts";
import type { Ports } from "../exec/ports.ts";
import { transient } from "../exec/send.ts";

/** S3 is left alone after so long without any success. */
const silenceLimitMs = 60_000;

/**
 * Repeats a request, which may be repeated, until it succeeds, is refused, or has failed for a minute. An abort ends the
 * waiting, not a request under way: that has a signal of its own.
 */
export async function persist<T>(
  { clock, random }: Pick<Ports, "clock" | "random">,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let failingSince: number | undefined;
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const failure = transient(error);
      failingSince ??= clock.now();
      if (clock.now() - failingSince >= silenceLimitMs) throw failure;
      await clock.sleep(retryDelayMs(attempt, random()), signal);
    }
  }
}

/** A put that was sent whole takes effect though we hang up: it is given this long to end before its object is removed. */
const graceMs = 5_000;

/** Fires a while after `signal` does. */
export function lateSignal(
  { clock }: Pick<Ports, "clock">,
  signal: AbortSignal,
): AbortSignal {
  const late = new AbortController();
  const wait = () => {
    const limit = clock.deadline(graceMs);
    limit.addEventListener("abort", () => late.abort(signal.reason));
  };
  if (signal.aborted) wait();
  else signal.addEventListener("abort", wait, { once: true });
  return late.signal;
}
