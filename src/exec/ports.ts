import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Logs } from "../aws/logs.ts";
import type { Objects } from "../aws/objects.ts";
import type { Invocation, Ssm } from "../aws/ssm.ts";

/** What a run works with. The pipelines cannot tell whether a port is shared with other runs. */
export type Ports = {
  ssm: Ssm;
  clock: Clock;
  log: Log;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Whom the run is for: it goes with each call, since what is shared knows no node. */
  subject: Subject;
  /** What has been said in this run, and is not said again. */
  told: Set<"untaken">;
};

/** What a run needs beside: clients that are loaded when its output comes that way. */
export type OutputPorts = {
  openLogs: () => Promise<Logs>;
  openBucket: (bucket: string) => Promise<OutputBucket>;
};

/** A bucket that output passes through. */
export type OutputBucket = Pick<
  Objects,
  "put" | "read" | "presignPut" | "remove" | "close"
>;

/**
 * Runs a short command of ours on the node of another one: a page of its output, what it left behind. One that `mayRepeat` is asked once
 * more where its answer seems to be lost.
 */
export type FollowUp = (
  text: string,
  signal: AbortSignal,
  options?: { mayRepeat?: true },
) => Promise<Invocation>;
