import { objectLimitMs, retry, silenceLimitMs } from "../exec/retry.ts";
import { delaySignal } from "../exec/signals.ts";
import type { Ports } from "../exec/ports.ts";

/** Repeats a request to S3, all of which may be repeated. */
export function persist<T>(
  ports: Pick<Ports, "clock" | "random">,
  signal: AbortSignal,
  work: () => Promise<T>,
  limitMs = objectLimitMs,
): Promise<T> {
  const untilEpochMs = ports.clock.now() + limitMs;
  const patience = { silenceMs: silenceLimitMs, untilEpochMs };
  return retry(ports, patience, signal, work);
}

/** A put that was sent whole takes effect though we hang up: it is given this long to end before its object is removed. */
const graceMs = 5_000;

/** Fires a while after `signal` does. */
export function lateSignal(
  ports: Pick<Ports, "clock">,
  signal: AbortSignal,
): AbortSignal {
  return delaySignal(ports, signal, graceMs);
}
