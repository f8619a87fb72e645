import type { Layers } from "../rundeck/layers.ts";
import { variableName } from "../rundeck/naming.ts";
import {
  parseCopierCredentials,
  parseExecutorCredentials,
} from "./credentials.ts";
import { parseEndpoints } from "./endpoints.ts";
import { resolveInstanceId, resolveRegion } from "./location.ts";
import { createReader, type Reader } from "./read.ts";
import type {
  CopierSettings,
  CredentialSettings,
  ExecutorSettings,
  NodeSettings,
} from "./settings.ts";

/**
 * All of the executor's settings, each from its nearest layer.
 * @throws BridgeError `setting-invalid`, `setting-missing`: the first problem, in one line.
 */
export function parseExecutorSettings(layers: Layers): ExecutorSettings {
  const reader = createReader(layers);
  return {
    ...parseNode(reader, parseExecutorCredentials),
    ...defined({
      documentName: reader.find("ssm-document-name"),
      workingDirectory: reader.find("ssm-working-directory"),
      shell: reader.find("ssm-shell"),
      logGroup: reader.find("cloudwatch-log-group"),
      outputBucket: reader.find("ssm-output-bucket"),
    }),
    runner: reader.read("ssm-runner"),
    passVariables: reader.find("ssm-pass-variables") ?? [],
    logRetrieveDelaySeconds: reader.read("log-retrieve-delay"),
    outputLimitBytes: reader.read("ssm-output-limit"),
    liveOutput: reader.read("ssm-live-output"),
    sources: reader.sources,
    shown: reader.shown,
  };
}

/**
 * All of the copier's settings, each from its nearest layer.
 * @throws BridgeError `setting-invalid`, `setting-missing`: the first problem, in one line.
 */
export function parseCopierSettings(layers: Layers): CopierSettings {
  const reader = createReader(layers);
  return {
    ...parseNode(reader, parseCopierCredentials),
    ...defined({
      bucket: reader.find("ssm-copier-bucket"),
      kmsKey: reader.find("ssm-copier-kms-key"),
      inlineLimitBytes: reader.find("ssm-copier-inline-limit"),
      fileMode: reader.find("ssm-copier-file-mode"),
    }),
    prefix: reader.find("ssm-copier-prefix") ?? "",
    sources: reader.sources,
    shown: reader.shown,
  };
}

/** What every provider needs to know of a node. */
export function parseNode(
  reader: Reader,
  parseCredentials: (reader: Reader) => CredentialSettings,
): Omit<NodeSettings, "sources" | "shown"> {
  const { layers } = reader;
  return {
    nodeName: layers.nodeName,
    instanceId: resolveInstanceId(reader),
    region: resolveRegion(reader),
    osFamily: isWindows(layers) ? "windows" : "unix",
    credentials: parseCredentials(reader),
    executionTimeoutSeconds: reader.read("ssm-execution-timeout"),
    deliveryTimeoutSeconds: reader.read("ssm-delivery-timeout"),
    sidecar: reader.read("ssm-sidecar"),
    ...parseEndpoints(reader),
    ...defined({
      runAs: reader.find("ssm-run-as"),
      stsRegion: reader.find("ssm-sts-region"),
      metricsFile: reader.find("ssm-metrics-file"),
    }),
  };
}

function isWindows(layers: Layers): boolean {
  return readFamily(layers) === "windows";
}

/** The node's osFamily in small letters; empty where it has none. */
export function readFamily(layers: Layers): string {
  const family =
    layers.options.get("osFamily") ??
    layers.rundeck[variableName("NODE", "osFamily")] ??
    // Rundeck's own name for the attribute in the environment.
    layers.rundeck[variableName("NODE", "os-family")] ??
    "";
  return family.trim().toLowerCase();
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what is undefined, for properties that are absent rather than undefined. */
export function defined<T extends object>(values: T): Defined<T> {
  // oxlint-disable-next-line no-unsafe-type-assertion -- Object.entries forgets the names that T knows
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
