import { setImmediate as settled } from "node:timers/promises";
import type { Clock } from "../../src/kernel/clock.ts";

type Timer = { atMs: number; order: number; fire: () => void };

/**
 * Time for many who sleep at once: it passes only when nobody has anything left to do, and then to the next moment that somebody waits for.
 * `run` lets it pass until `work` has ended, and fails where nothing can happen any more.
 */
export function virtualClock(): Clock & {
  run<T>(work: Promise<T>): Promise<T>;
  /** Since the beginning. */
  passedMs(): number;
} {
  const startMs = 1_700_000_000_000;
  let nowMs = startMs;
  let order = 0;
  const timers = openHeap();
  const at = (ms: number, fire: () => void): Timer => {
    const timer = { atMs: nowMs + Math.max(0, ms), order: (order += 1), fire };
    timers.push(timer);
    return timer;
  };
  return {
    now: () => nowMs,
    passedMs: () => nowMs - startMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const end = () => {
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const timer = at(ms, end);
        const wake = () => {
          timer.fire = () => undefined;
          resolve();
        };
        signal?.addEventListener("abort", wake, { once: true });
      }),
    deadline: (ms) => {
      const controller = new AbortController();
      at(ms, () => controller.abort(new Error("deadline passed")));
      return controller.signal;
    },
    run: async (work) => {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      for (;;) {
        await settled();
        if (isDone) return work;
        const next = timers.pop();
        if (!next) throw new Error("nothing can happen any more");
        nowMs = next.atMs;
        next.fire();
        while (timers.first()?.atMs === nowMs) timers.pop()?.fire();
      }
    },
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function openHeap() {
  const heap: Timer[] = [];
  const swap = (a: number, b: number) => {
    const [x, y] = [heap[a], heap[b]];
    if (x && y) [heap[a], heap[b]] = [y, x];
  };
  const less = (a: number, b: number) => {
    const [x, y] = [heap[a], heap[b]];
    return x !== undefined && y !== undefined && isBefore(x, y);
  };
  const sink = () => {
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = less(right, left) ? right : left;
      if (!less(least, at)) return;
      swap(least, at);
      at = least;
    }
  };
  return {
    first: () => heap[0],
    push: (timer: Timer) => {
      heap.push(timer);
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!less(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    pop: () => {
      const top = heap[0];
      const last = heap.pop();
      if (top && last && top !== last) {
        heap[0] = last;
        sink();
      }
      return top;
    },
  };
}
