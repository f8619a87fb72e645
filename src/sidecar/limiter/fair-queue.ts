import type { Requester } from "../../aws/companions.ts";

/** Those who wait for their turn: first whoever has been killed, then projects in turn, in each its jobs in turn, in each who came first. */
export type FairQueue<T extends Waiting> = {
  size(): number;
  add(waiting: T): void;
  remove(waiting: T): void;
  take(): T | undefined;
};

export type Waiting = { requester: Requester | undefined };

type Jobs<T> = Map<string, Set<T>>;

export function openFairQueue<T extends Waiting>(): FairQueue<T> {
  /** In the order of their turns: the first one is next. */
  const projects = new Map<string, Jobs<T>>();
  const all = new Set<T>();
  const remove = (waiting: T) => {
    if (!all.delete(waiting)) return;
    const { project, job } = placeOf(waiting);
    const jobs = projects.get(project);
    jobs?.get(job)?.delete(waiting);
    if (jobs?.get(job)?.size === 0) jobs.delete(job);
    if (jobs?.size === 0) projects.delete(project);
  };
  const firstUrgent = () => {
    for (const waiting of all)
      if (waiting.requester?.isUrgent()) return waiting;
    return undefined;
  };
  const firstInTurn = () => {
    const [jobs] = projects.values();
    const [queue] = jobs?.values() ?? [];
    const [waiting] = queue ?? [];
    return waiting;
  };
  return {
    size: () => all.size,
    add: (waiting) => {
      const { project, job } = placeOf(waiting);
      const jobs = projects.get(project) ?? new Map<string, Set<T>>();
      const queue = jobs.get(job) ?? new Set<T>();
      projects.set(project, jobs.set(job, queue.add(waiting)));
      all.add(waiting);
    },
    remove,
    take: () => {
      const urgent = firstUrgent();
      if (urgent) {
        remove(urgent);
        return urgent;
      }
      const waiting = firstInTurn();
      if (!waiting) return undefined;
      const { project, job } = placeOf(waiting);
      remove(waiting);
      const jobs = projects.get(project);
      if (jobs) moveToEnd(jobs, job);
      moveToEnd(projects, project);
      return waiting;
    },
  };
}

function placeOf({ requester }: Waiting): { project: string; job: string } {
  return { project: requester?.project ?? "", job: requester?.job ?? "" };
}

function moveToEnd<V>(map: Map<string, V>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}
