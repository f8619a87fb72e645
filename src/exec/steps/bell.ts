/** Wakes who waits for news. */
export type Bell = {
  ring(): void;
  /** Resolves at the next ring, or when the signal fires. */
  next(signal: AbortSignal): Promise<void>;
};

export function openBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring: () => {
      for (const wake of waiting) wake();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(wake);
        signal.addEventListener("abort", wake);
      }),
  };
}
