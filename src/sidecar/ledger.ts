import type { Tally } from "./status.ts";

/** What became of the executions of a sidecar. */
export type Ledger = {
  begin(project: string): LedgerEntry;
  total(): Tally;
  /** By project, the busiest first. */
  byProject(): ({ project: string } & Tally)[];
  /** Different nodes that executions have turned to, and not ended yet. */
  nodes(): number;
};

/** One execution's. */
export type LedgerEntry = {
  turnTo(instanceId: string): void;
  /** To be called once. */
  end(how: Exclude<keyof Tally, "running">): void;
};

export function openLedger(): Ledger {
  const projects = new Map<string, Tally>();
  const nodes = new Map<LedgerEntry, string>();
  return {
    begin: (project) => {
      const tally = projects.get(project) ?? empty();
      projects.set(project, tally);
      tally.running += 1;
      const entry: LedgerEntry = {
        turnTo: (instanceId) => void nodes.set(entry, instanceId),
        end: (how) => {
          tally.running -= 1;
          tally[how] += 1;
          nodes.delete(entry);
        },
      };
      return entry;
    },
    total: () => [...projects.values()].reduce(add, empty()),
    byProject: () =>
      [...projects]
        .map(([project, tally]) => ({ project, ...tally }))
        .toSorted((a, b) => countOf(b) - countOf(a)),
    nodes: () => new Set(nodes.values()).size,
  };
}

function empty(): Tally {
  return { running: 0, done: 0, killed: 0, direct: 0 };
}

function add(a: Tally, b: Tally): Tally {
  return {
    running: a.running + b.running,
    done: a.done + b.done,
    killed: a.killed + b.killed,
    direct: a.direct + b.direct,
  };
}

function countOf({ running, done, killed, direct }: Tally): number {
  return running + done + killed + direct;
}
