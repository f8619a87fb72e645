/** So many kinds of work are remembered. */
const keptKinds = 1_000;

/** How long the same work took when it was last done. */
export type Durations = {
  last(workKey: string): number | undefined;
  note(workKey: string, ms: number): void;
};

export function openDurations(): Durations {
  const byWork = new Map<string, number>();
  return {
    last: (workKey) => byWork.get(workKey),
    note: (workKey, ms) => {
      byWork.delete(workKey);
      byWork.set(workKey, ms);
      const [oldest] = byWork.keys();
      if (byWork.size > keptKinds && oldest !== undefined)
        byWork.delete(oldest);
    },
  };
}
