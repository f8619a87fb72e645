import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createIdentities,
  type Identities,
  type Identity,
} from "./auth/identities.ts";
import { type LocalClock, systemLocalClock } from "./clock.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type Fleet, openFleet } from "./fleet.ts";
import { respond } from "./http/respond.ts";
import { listen } from "./http/server.ts";
import { createThrottle } from "./http/throttle.ts";
import { createLogs, type Logs } from "./logs/logs.ts";
import { type AgentTimings, observedTimings } from "./node/cloudwatch.ts";
import type { LocalNode, NodeOptions } from "./node/node.ts";
import { nodeLogCalls } from "./node-logs.ts";
import type { RequestRecord } from "./requests.ts";
import { createMetadata } from "./node/metadata.ts";
import { createS3, type S3 } from "./s3/s3.ts";
import type { CustomDocument } from "./ssm/documents.ts";
import { createSsm, type Ssm } from "./ssm/service.ts";
import { createSts } from "./sts/sts.ts";

export type LocalAwsOptions = {
  /** Default: any free one. */
  port?: number;
  /** Default us-east-1. */
  region?: string;
  /** How many Linux nodes, or each of them. Default 3. */
  nodes?: number | NodeOptions[];
  /** Made at the start. */
  bucket?: string;
  /** Made at the start. */
  logGroup?: string;
  /** More requests of one operation in a second get ThrottlingException. */
  requestsPerSecond?: number;
  /** Where a folder of ours is made for all files; default: the system's temporary one. Removed on close. */
  folder?: string;
  /** Refuse keys that nobody registered; default: they may do everything. */
  strict?: boolean;
  /** Twelve digits; default 111122223333. */
  account?: string;
  /** Documents beside AWS-RunShellScript, AWS-RunPowerShellScript and AWS-RunRemoteScript. */
  documents?: CustomDocument[];
  /** Parameter Store, for `{{ssm:name}}`. */
  parameters?: Record<string, string>;
  /** Default 65,536, the limit of a document. */
  maxParametersBytes?: number;
  /** Default: the machine's. */
  clock?: LocalClock;
  /** What an agent takes beside a command, where it differs from what was observed. */
  timings?: Partial<AgentTimings>;
};

export type LocalAws = {
  endpoint: string;
  region: string;
  account: string;
  instanceIds: string[];
  bucket: string | undefined;
  logGroup: string | undefined;
  /** Every request since the start, nodes' own included. */
  requests: RequestRecord[];
  faults: Faults;
  nodes: ReadonlyMap<string, LocalNode>;
  identities: Identities;
  s3: S3;
  logs: Logs;
  /** Ends every command and every process that came of one. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** SSM Run Command, S3, CloudWatch Logs and STS on one port of the loopback address, with nodes that really run commands. */
export async function startLocalAws(
  options: LocalAwsOptions = {},
): Promise<LocalAws> {
  const parent = options.folder ?? tmpdir();
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "local-aws-"));
  const cloud = createCloud(options, folder);
  const { region, account, clock, s3, logs } = cloud;
  let port = 0;
  const endpoint = (): string => `http://127.0.0.1:${port}`;
  const metadata = createMetadata(() => clock.now());
  const fleet = await openFleet({
    ...cloud,
    folder,
    timings: { ...observedTimings, ...options.timings },
    nodes: nodeOptions(options.nodes ?? 3),
    logCallsOf: (role) => nodeLogCalls(role, cloud),
    endpoint,
    metadata,
    knowRole: (role) => cloud.identities.add(role),
  });
  const ssm = openSsm(options, cloud, fleet);
  const exchange = {
    ...cloud,
    services: { ssm, logs, s3, sts: createSts(cloud.identities, clock) },
    throttle: createThrottle(options.requestsPerSecond),
  };
  const server = await listen(options.port ?? 0, async (request, response) => {
    if (metadata.serve(request, response) === "answered") return;
    await respond(request, response, exchange);
  }).catch(async (error: unknown) => {
    await removeFolder(folder);
    throw error;
  });
  port = server.port;
  const close = once(async () => {
    await server.close();
    await fleet.close(ssm.commandIds());
    await removeFolder(folder);
  });
  return {
    endpoint: endpoint(),
    region,
    account,
    instanceIds: [...fleet.nodes.keys()],
    bucket: options.bucket,
    logGroup: options.logGroup,
    requests: cloud.requests,
    faults: cloud.faults,
    nodes: fleet.nodes,
    identities: cloud.identities,
    s3,
    logs,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Everything that the services and the fleet share. */
function createCloud(options: LocalAwsOptions, folder: string) {
  const { region = "us-east-1", account = "111122223333" } = options;
  const clock = options.clock ?? systemLocalClock();
  const now = (): number => clock.now();
  const identities = createIdentities();
  const faults = createFaults();
  const s3 = createS3({ folder: join(folder, "s3"), region, account, now });
  const logs = createLogs({ now });
  if (options.bucket !== undefined) s3.createBucket(options.bucket);
  if (options.logGroup !== undefined) logs.createGroup(options.logGroup);
  const requests: RequestRecord[] = [];
  const access = {
    identities,
    strict: options.strict ?? false,
    account,
    region,
    deniedActions: faults.deniedActions,
  };
  return {
    region,
    account,
    clock,
    identities,
    faults,
    s3,
    logs,
    requests,
    access,
    nodeTokens: new Map<string, Identity>(),
  };
}

function openSsm(
  options: LocalAwsOptions,
  { region, clock, faults }: ReturnType<typeof createCloud>,
  { nodes }: Fleet,
): Ssm {
  return createSsm({
    region,
    clock,
    nodes,
    documents: options.documents ?? [],
    parameterStore: new Map(Object.entries(options.parameters ?? {})),
    visibility: faults.visibility,
    maxParametersBytes: options.maxParametersBytes ?? 65_536,
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}

function nodeOptions(nodes: number | NodeOptions[]): NodeOptions[] {
  return typeof nodes === "number"
    ? Array.from({ length: nodes }, () => ({}))
    : nodes;
}
