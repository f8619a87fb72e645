/** Which threads of a job have a command on a node: nobody comes by them before it has ended. */
export type Threads = {
  /** One is taken, until the answer is called. */
  take(job: string): () => void;
  taken(job: string): number;
};

export function openThreads(): Threads {
  const byJob = new Map<string, Set<symbol>>();
  return {
    take: (job) => {
      const taken = byJob.get(job) ?? new Set();
      byJob.set(job, taken);
      const one = Symbol(job);
      taken.add(one);
      return () => {
        taken.delete(one);
        if (taken.size === 0 && byJob.get(job) === taken) byJob.delete(job);
      };
    },
    taken: (job) => byJob.get(job)?.size ?? 0,
  };
}
