import { setTimeout as delay } from "node:timers/promises";

/** Time as a parameter: the real clock is made in `main`, tests crank theirs by hand. */
export type Clock = {
  /** Milliseconds since the epoch, never running backwards within a process. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts: callers look at `signal.aborted`, so that nothing is thrown while they clean up. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `ms`. It does not keep the process alive. */
  deadline(ms: number): AbortSignal;
};

/** The real clock: monotonic, so a stepped system clock ends no run early or late. */
export function systemClock(): Clock {
  const startedAt = Date.now() - performance.now();
  return {
    now: () => startedAt + performance.now(),
    sleep: (ms, signal) =>
      delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
    deadline: (ms) => {
      // not AbortSignal.timeout: Node 20 may collect one before it fires, when only AbortSignal.any refers to it
      const controller = new AbortController();
      const end = () => controller.abort(new Error("deadline passed"));
      setTimeout(end, Math.min(ms, 0x7fffffff)).unref();
      return controller.signal;
    },
  };
}
