import type { Clock } from "../../src/kernel/clock.ts";

/** A clock that only sleeping moves: a pipeline's hours pass at once, and `at` runs things at their moment. */
export function fakeClock(): Clock & {
  at(ms: number, work: () => void): void;
} {
  let now = 1_700_000_000_000;
  const startedAt = now;
  const plans: { ms: number; work: () => void }[] = [];
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      if (signal?.aborted) return;
      const until = now + ms;
      for (const plan of plans.splice(0).toSorted((a, b) => a.ms - b.ms)) {
        if (startedAt + plan.ms > until || signal?.aborted) plans.push(plan);
        else {
          now = Math.max(now, startedAt + plan.ms);
          plan.work();
        }
      }
      if (!signal?.aborted) now = until;
      await Promise.resolve();
    },
    deadline: () => new AbortController().signal,
    at: (ms, work) => void plans.push({ ms, work }),
  };
}
