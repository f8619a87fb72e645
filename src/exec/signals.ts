import type { Ports } from "./ports.ts";

/** After a kill nothing of ours is there any more after 15 s, the end of the process included. */
export const killLimitMs = 13_000;

/**
 * Fires `afterMs` after `signal` does: what is under way may still end by itself, and cleaning up has so long. Not any more once `over`
 * fires, for what is done many times in a run: else the run's signal would keep each of them to its end.
 */
export function delaySignal(
  { clock }: Pick<Ports, "clock">,
  signal: AbortSignal,
  afterMs: number,
  over?: AbortSignal,
): AbortSignal {
  const late = new AbortController();
  const wait = () => {
    const limit = clock.deadline(afterMs);
    limit.addEventListener("abort", () => late.abort(signal.reason));
  };
  if (signal.aborted) wait();
  else signal.addEventListener("abort", wait, once(over));
  return late.signal;
}

/** How long a command is cleared away that nobody waits for any more: AWS may be silent meanwhile. */
const goneLimitMs = 90_000;

/** Fires when what the abort of `signal` has begun has to be over: soon, where somebody waits for it then. */
export function endOfPatience(
  ports: Pick<Ports, "clock">,
  signal: AbortSignal,
  isAwaited: () => boolean,
): AbortSignal {
  const last = new AbortController();
  const end = () => last.abort(signal.reason);
  delaySignal(ports, signal, goneLimitMs).addEventListener("abort", end);
  delaySignal(ports, signal, killLimitMs).addEventListener("abort", () => {
    if (isAwaited()) end();
  });
  return last.signal;
}

/**
 * Fires with the first of two; `over` as above. Not AbortSignal.any: Node 20 may collect one before it fires, when nothing else refers to it.
 */
export function endOfEither(
  a: AbortSignal,
  b: AbortSignal,
  over?: AbortSignal,
): AbortSignal {
  const either = new AbortController();
  for (const signal of [a, b]) {
    const end = () => either.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, once(over));
  }
  return either.signal;
}

function once(over: AbortSignal | undefined) {
  return { once: true, ...(over && { signal: over }) };
}
