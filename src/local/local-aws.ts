import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createIdentities,
  type Identities,
  type Identity,
} from "./auth/identities.ts";
import { type LocalClock, systemLocalClock } from "./clock.ts";
import { createEc2, type Ec2 } from "./ec2/ec2.ts";
import {
  createInstance,
  type Instance,
  type UnmanagedInstance,
} from "./ec2/instance.ts";
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
import { createKeys, type Keys } from "./kms.ts";
import { createMetadata } from "./node/metadata.ts";
import { createS3, type S3 } from "./s3/s3.ts";
import type { OwnDocument } from "./ssm/documents.ts";
import type { NodeSync } from "./ssm/node-sync.ts";
import { createSsm, type Ssm } from "./ssm/service.ts";
import { createSts } from "./sts/sts.ts";

export type LocalAwsOptions = {
  /** Default: any free one. */
  port?: number;
  /** Default us-east-1. */
  region?: string;
  /** How many Linux nodes, or each of them. Default 3. */
  nodes?: number | NodeOptions[];
  /** How many Windows nodes there are more, after the others. Default 0. */
  windows?: number;
  /** Machines that EC2 alone knows, without an agent. */
  instances?: UnmanagedInstance[];
  /** Regions beside its own and the nodes' that EC2 tells of. */
  regions?: string[];
  /** The program that runs Windows' PowerShell on Windows nodes; without it every script fails there. */
  powershell?: string;
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
  /** Documents beside those of AWS: scripts, AWS-RunPatchBaseline, AWS-ConfigureAWSPackage, AWS-UpdateSSMAgent. */
  documents?: OwnDocument[];
  /** Parameter Store, for `{{ssm:name}}`. */
  parameters?: Record<string, string>;
  /** Default 65,536, the limit of a document. */
  maxParametersBytes?: number;
  /** The role that Default Host Management is set up with; without it, it is not. */
  hostManagementRole?: string;
  /** Who may list the nodes of all accounts, and where; without it nobody may. */
  nodeSync?: NodeSync;
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
  /** What EC2 knows, by instance id. */
  instances: ReadonlyMap<string, Instance>;
  identities: Identities;
  s3: S3;
  keys: Keys;
  logs: Logs;
  /** Ends every command and every process that came of one. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** SSM Run Command, S3, CloudWatch Logs, STS and EC2 on one port of the loopback address, with nodes that really run commands. */
export async function startLocalAws(
  options: LocalAwsOptions = {},
): Promise<LocalAws> {
  const parent = options.folder ?? tmpdir();
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "local-aws-"));
  const cloud = createCloud(options, folder);
  const { region, account, clock, s3, keys, logs } = cloud;
  let port = 0;
  const endpoint = (): string => `http://127.0.0.1:${port}`;
  const metadata = createMetadata(() => clock.now());
  const fleet = await openFleet({
    ...cloud,
    folder,
    timings: { ...observedTimings, ...options.timings },
    nodes: nodeOptions(options),
    logCallsOf: (role) => nodeLogCalls(role, cloud),
    endpoint,
    metadata,
    knowRole: (role) => cloud.identities.add(role),
  });
  const services = openServices(options, cloud, fleet);
  const exchange = {
    ...cloud,
    services,
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
    await fleet.close(services.ssm.commandIds());
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
    instances: fleet.instances,
    identities: cloud.identities,
    s3,
    keys,
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
  const keys = createKeys();
  const s3 = createS3({
    folder: join(folder, "s3"),
    region,
    account,
    now,
    keys,
  });
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
    keys,
    logs,
    requests,
    access,
    nodeTokens: new Map<string, Identity>(),
  };
}

function openServices(
  options: LocalAwsOptions,
  cloud: ReturnType<typeof createCloud>,
  fleet: Fleet,
) {
  return {
    ssm: openSsm(options, cloud, fleet),
    logs: cloud.logs,
    s3: cloud.s3,
    sts: createSts(cloud.identities, cloud.clock),
    ec2: openEc2(options, cloud, fleet),
  };
}

function openSsm(
  options: LocalAwsOptions,
  { clock, faults }: ReturnType<typeof createCloud>,
  { nodes, instances }: Fleet,
): Ssm {
  return createSsm({
    clock,
    nodes,
    instances,
    documents: options.documents ?? [],
    parameterStore: new Map(Object.entries(options.parameters ?? {})),
    visibility: faults.visibility,
    maxParametersBytes: options.maxParametersBytes ?? 65_536,
    hostManagementRole: options.hostManagementRole,
    nodeSync: options.nodeSync,
  });
}

function openEc2(
  { instances = [], regions = [] }: LocalAwsOptions,
  cloud: ReturnType<typeof createCloud>,
  fleet: Fleet,
): Ec2 {
  for (const options of instances) {
    const owner = { region: cloud.region, account: cloud.account, ...options };
    fleet.instances.set(options.instanceId, createInstance(owner, options));
  }
  const known = [...fleet.instances.values(), ...fleet.nodes.values()];
  return createEc2({
    instances: fleet.instances,
    regions: new Set([
      cloud.region,
      ...known.map(({ region }) => region),
      ...regions,
    ]),
    isTerminated: (id) => fleet.nodes.get(id)?.state === "terminated",
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}

function nodeOptions({
  nodes = 3,
  windows = 0,
  powershell,
}: LocalAwsOptions): NodeOptions[] {
  const given =
    typeof nodes === "number"
      ? Array.from({ length: nodes }, () => ({}))
      : nodes;
  const more = Array.from({ length: windows }, () => ({
    platform: "windows" as const,
  }));
  return [...given, ...more].map((node) => ({
    ...(powershell === undefined ? {} : { powershell }),
    ...node,
  }));
}
