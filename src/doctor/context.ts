import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Host } from "../rundeck/host.ts";
import type { ClientOpener } from "../services/clients.ts";
import type { Services } from "../services/services.ts";
import type { CopierSettings, ExecutorSettings } from "../settings/settings.ts";
import type { Check, Lacks } from "./check.ts";

/** No node has this id: what is sent there has no effect. It stands in `executor` where the doctor was asked for no node. */
export const nobody = "i-00000000000000000";

/** Who AWS says that we are. */
export type Caller = { account: string; arn: string };

/** What the stages find out for each other. */
export type Known = {
  /** What can't be had; a check that needs it is skipped. */
  lacks: Lacks;
  /** Whose the executor's credentials are. */
  caller?: Caller;
  /** How far AWS's clock is ahead of ours, in ms. */
  clockAheadMs?: number;
  /** Where buckets are, as far as S3 has told. */
  bucketRegions?: Map<string, string>;
};

/** One of the plugins: its settings, and how it reaches AWS. */
export type Party<S> = {
  settings: S;
  /** Names the node and the settings in messages. */
  subject: Subject;
  /** With the plugin's own region, endpoints, credentials and network. */
  openClient: ClientOpener;
  services: Services;
};

/** What the stages from the network on are given. */
export type Context = {
  executor: Party<ExecutorSettings>;
  /** Absent where its settings are wrong: the stage `settings` has said so. */
  copier?: Party<CopierSettings>;
  /** The execution that we are part of, for comments and session names. */
  host: Host;
  /** The Rundeck server's, or ours. */
  environment: Environment;
  clock: Clock;
  /** Ends everything: a kill, or the doctor's own time. */
  signal: AbortSignal;
  known: Known;
};

/** A stage throws only for a defect: what it finds is in its checks. For `node` and `trip` the executor's settings are those of one node. */
export type Stage = (context: Context) => Promise<Check[]>;
