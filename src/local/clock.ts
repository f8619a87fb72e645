/** The local AWS's time: tests crank it by hand, so that an hour's timeout takes no hour. */
export type LocalClock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `ms`. The answer takes it back. */
  after(ms: number, run: () => void): () => void;
};

export function systemLocalClock(): LocalClock {
  return {
    now: () => Date.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, Math.min(ms, 0x7fffffff));
      return () => clearTimeout(timer);
    },
  };
}

export function sleep(clock: LocalClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** A clock for which all waiting is over once it has ended: so that nothing outlives a closed local AWS. */
export type EndableClock = LocalClock & { end(): void };

export function endableClock(clock: LocalClock): EndableClock {
  const pending = new Set<() => void>();
  let ended = false;
  return {
    now: () => clock.now(),
    after: (ms, run) => {
      if (ended) return systemLocalClock().after(0, run);
      const forget = clock.after(ms, fire);
      pending.add(fire);
      function fire(): void {
        forget();
        if (pending.delete(fire)) run();
      }
      return () => {
        pending.delete(fire);
        forget();
      };
    },
    end: () => {
      ended = true;
      for (const fire of pending) fire();
    },
  };
}
