import { mulberry } from "../../test/support/random.ts";
import { workKinds } from "./work.ts";
import type { Work } from "./work.ts";

/** `off` runs everything in the processes that Rundeck starts; so there is no sidecar to kill. */
export type Mode = "auto" | "off";

const killsOf = {
  off: ["client KILL", "client TERM"],
  auto: ["sidecar KILL", "sidecar STOP", "client KILL", "client TERM"],
} as const;

export type KillKind = (typeof killsOf)["auto"][number];

export type Kill = {
  kind: KillKind;
  /** From when on the time counts: the first start, the first send that AWS has seen, or the first command that runs. */
  from: "start" | "sent" | "began";
  afterMs: number;
  /** Of all executions, which client. */
  victim: number;
  /** How long a stopped sidecar is left so. */
  stopMs: number;
};

/** Executions of one command on several nodes: what a sidecar may send as one. */
export type DrawnJob = {
  work: Work;
  /** For each execution when it starts, in ms after the round's beginning. */
  startsMs: number[];
};

/** One round: all of it follows from seed, index and mode. */
export type Draw = { index: number; jobs: DrawnJob[]; kill: Kill };

/** The most executions of a round, and of its nodes. */
export const mostExecutions = 8;

export function drawRound(seed: number, index: number, mode: Mode): Draw {
  const random = mulberry(seed * 1_000_003 + index);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(of: readonly T[]): T => {
    const picked = of[below(of.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  };
  const kind = pick<KillKind>(killsOf[mode]);
  // a cancelled command has to be told from one that came to its end
  const longest = kind.startsWith("client") ? 9 : 3;
  const jobs = Array.from({ length: 1 + below(2) }, (): DrawnJob => ({
    work: {
      kind: pick(workKinds),
      seconds: Math.round(random() * longest * 10) / 10,
      exitCode: pick([0, 0, 1, 7, 255]),
    },
    startsMs: Array.from({ length: 1 + below(mostExecutions / 2) }, () =>
      // most at once, as Rundeck's threads do; some late enough to meet what the kill has left
      pick([0, 0, 0, below(300), below(2_500)]),
    ),
  }));
  const executions = jobs.reduce((sum, job) => sum + job.startsMs.length, 0);
  return {
    index,
    jobs,
    kill: {
      kind,
      from: pick(["start", "sent", "began"]),
      afterMs: below(2_500),
      victim: below(executions),
      stopMs: 1_000 + below(7_000),
    },
  };
}
