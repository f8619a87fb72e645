import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import type { Ssm } from "../aws/ssm.ts";

/** What a run works with. The pipelines cannot tell whether a port is shared with other runs. */
export type Ports = {
  ssm: Ssm;
  clock: Clock;
  log: Log;
  /** Uniform in [0, 1). */
  random: () => number;
};
