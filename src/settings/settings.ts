import type { Secret } from "../kernel/secret.ts";

/** Which credentials the settings ask for; `credentials/choose.ts` turns them into a choice. */
export type CredentialSettings = {
  keys?: { accessKeyId: string; secretKey: Secret };
  profile?: string;
  assumeRole?: { roleArn: string; externalId?: string };
  /** Whose settings they are, the executor's or the copier's own: what keys and profile, and what the role begin with. */
  baseFrom: "ssm" | "ssm-copier";
  roleFrom: "ssm" | "ssm-copier";
};

/** Endpoints of the user's own (VPC endpoints, emulators), by service. */
export type Endpoints = {
  ssm?: string;
  sts?: string;
  /** By the environment alone. */
  ec2?: string;
  logs?: string;
  s3?: string;
};

/** What both plugins need to know. */
export type NodeSettings = {
  nodeName: string;
  /** `i-…` or `mi-…` */
  instanceId: string;
  region: string;
  /** Where STS is asked; absent: the node's region. */
  stsRegion?: string;
  osFamily: "unix" | "windows";
  credentials: CredentialSettings;
  executionTimeoutSeconds: number;
  deliveryTimeoutSeconds: number;
  runAs?: string;
  sidecar: "auto" | "off";
  /** Where a sidecar also writes its metrics; `%p` stands for the server's process id. */
  metricsFile?: string;
  endpoints: Endpoints;
  /** What the user should know of these settings, each one line. */
  notes: readonly string[];
  /** Setting name → the words for where its value came from ("node attribute", "project.plugin.NodeExecutor.awsssmexecutor.…", …). */
  sources: ReadonlyMap<string, string>;
  /** Setting name → its value as a message shows it; no secret is among them. */
  shown: ReadonlyMap<string, string>;
};

export type ExecutorSettings = NodeSettings & {
  /** A document of the user's own; otherwise the platform's. */
  documentName?: string;
  runner: "full" | "none";
  workingDirectory?: string;
  shell?: string;
  /** Names and globs of `RD_*` variables. */
  passVariables: readonly string[];
  logGroup?: string;
  logRetrieveDelaySeconds: number;
  outputBucket?: string;
  outputLimitBytes: number;
  liveOutput: boolean;
};

export type CopierSettings = NodeSettings & {
  bucket?: string;
  /** Key prefix in the bucket, without slashes at its ends; may be empty. */
  prefix: string;
  kmsKey?: string;
  /** The largest file sent without the bucket; absent: what one send takes. */
  inlineLimitBytes?: number;
  /** Octal, four digits: "0640". Without it a new file is 0600, and what exists keeps its mode. */
  fileMode?: string;
};
