import type { LocalClock } from "../../../src/local/clock.ts";

export type HandClock = LocalClock & {
  /** Lets time pass, and everything happen that is due by then. */
  advance(ms: number): void;
  /** How many things are waiting for their time. */
  readonly pending: number;
  /** How many of them asked for just so many milliseconds. */
  waits(ms: number): number;
};

/** A clock that stands still until a test cranks it. It starts at the machine's time, since clients sign with that. */
export function handClock(): HandClock {
  let nowMs = Date.now();
  const timers = new Set<{ atMs: number; ms: number; run: () => void }>();
  return {
    now: () => nowMs,
    after: (ms, run) => {
      const timer = { atMs: nowMs + ms, ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    get pending() {
      return timers.size;
    },
    waits: (ms) => [...timers].filter((timer) => timer.ms === ms).length,
    advance: (ms) => {
      nowMs += ms;
      const due = [...timers]
        .filter(({ atMs }) => atMs <= nowMs)
        .toSorted((a, b) => a.atMs - b.atMs);
      for (const timer of due) if (timers.delete(timer)) timer.run();
    },
  };
}
