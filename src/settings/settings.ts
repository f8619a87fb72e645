import type { Secret } from "../kernel/secret.ts";

/** Which credentials the settings ask for; `credentials/choose.ts` turns them into a choice. */
export type CredentialSettings = {
  keys?: { accessKeyId: string; secretKey: Secret };
  profile?: string;
  assumeRole?: { roleArn: string; externalId?: string };
};

/** Endpoints of the user's own (VPC endpoints, emulators), by service. */
export type Endpoints = {
  ssm?: string;
  sts?: string;
  logs?: string;
  s3?: string;
};

/** What both plugins need to know. */
export type NodeSettings = {
  nodeName: string;
  /** `i-…` or `mi-…` */
  instanceId: string;
  region: string;
  osFamily: "unix" | "windows";
  credentials: CredentialSettings;
  executionTimeoutSeconds: number;
  deliveryTimeoutSeconds: number;
  runAs?: string;
  sidecar: "auto" | "off";
  endpoints: Endpoints;
  /** Setting name → the words for where its value came from ("node attribute", "project.plugin.NodeExecutor.awsssmexecutor.…", …). */
  sources: ReadonlyMap<string, string>;
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
  /** Octal, four digits: "0600". */
  fileMode: string;
};
