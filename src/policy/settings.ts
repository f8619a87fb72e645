import type { Partition } from "../kernel/partition.ts";

/** Whom or what a policy is for, in the order in which `all` prints them. */
export const kinds = [
  "executor",
  "copier",
  "node",
  "bucket",
  "key",
  "trust",
] as const;
export type Kind = (typeof kinds)[number];

/** What passes through a bucket. */
export const bucketUses = ["files", "output", "both"] as const;

/** The settings that decide what a policy has to allow. Absent in an ARN: any, in a principal: a placeholder. */
export type PolicySettings = {
  partition: Partition;
  region?: string;
  /** Of the nodes and of whoever assumes a role. */
  account?: string;
  bucket?: string;
  bucketFor: (typeof bucketUses)[number];
  /** What the keys of files begin with; empty: nothing in particular. */
  prefix: string;
  logGroup?: string;
  /** A key's ARN. */
  kmsKey?: string;
  /** Tag key → values, of which a node has one. */
  tags: ReadonlyMap<string, readonly string[]>;
  /** Names or ARNs; none: AWS's own two. */
  documents: readonly string[];
  /** The ARN of the role that Rundeck assumes. */
  role?: string;
  externalId?: string;
  /** Whether executions share a sidecar. */
  sidecar: "auto" | "off";
};

/** What stands for what was not given, in policies that name it. */
export const placeholders = {
  account: "ACCOUNT",
  bucket: "BUCKET",
  key: "KEY",
  nodesRole: "NODES_ROLE",
  region: "REGION",
  rundeckRole: "RUNDECK_ROLE",
} as const;
