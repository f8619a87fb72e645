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
import { openFleet } from "./fleet.ts";
import { respond } from "./http/respond.ts";
import { listen } from "./http/server.ts";
import { createThrottle } from "./http/throttle.ts";
import { createLogs, type Logs } from "./logs/logs.ts";
import { type AgentTimings, observedTimings } from "./node/cloudwatch.ts";
import type { LocalNode, NodeOptions } from "./node/node.ts";
import { nodeLogCalls } from "./node-logs.ts";
import type { RequestRecord } from "./requests.ts";
import { createS3, type S3 } from "./s3/s3.ts";
import type { CustomDocument } from "./ssm/documents.ts";
import { createSsm } from "./ssm/service.ts";
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
  const { region = "us-east-1", account = "111122223333" } = options;
  const clock = options.clock ?? systemLocalClock();
  const now = (): number => clock.now();
  const parent = options.folder ?? tmpdir();
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "local-aws-"));
  const identities = createIdentities();
  const faults = createFaults();
  const requests: RequestRecord[] = [];
  const nodeTokens = new Map<string, Identity>();
  const s3 = createS3({ folder: join(folder, "s3"), region, account, now });
  const logs = createLogs({ now });
  const access = {
    identities,
    strict: options.strict ?? false,
    account,
    region,
    deniedActions: faults.deniedActions,
  };
  let port = 0;
  const endpoint = (): string => `http://127.0.0.1:${port}`;
  const fleet = await openFleet({
    folder,
    region,
    account,
    clock,
    timings: { ...observedTimings, ...options.timings },
    nodes: nodeOptions(options.nodes ?? 3),
    logCallsOf: (role) =>
      nodeLogCalls(role, { logs, access, faults, requests, clock }),
    nodeTokens,
    endpoint,
  });
  const ssm = createSsm({
    region,
    clock,
    nodes: fleet.nodes,
    documents: options.documents ?? [],
    parameterStore: new Map(Object.entries(options.parameters ?? {})),
    visibility: faults.visibility,
    maxParametersBytes: options.maxParametersBytes ?? 65_536,
  });
  const exchange = {
    services: { ssm, logs, s3, sts: createSts(identities, clock) },
    access,
    faults,
    throttle: createThrottle(options.requestsPerSecond),
    clock,
    requests,
    nodeTokens,
  };
  const server = await listen(options.port ?? 0, (request, response) =>
    respond(request, response, exchange),
  );
  port = server.port;
  if (options.bucket !== undefined) s3.createBucket(options.bucket);
  if (options.logGroup !== undefined) logs.createGroup(options.logGroup);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      await server.close();
      await fleet.close(ssm.commandIds());
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    })());
  return {
    endpoint: endpoint(),
    region,
    account,
    instanceIds: [...fleet.nodes.keys()],
    bucket: options.bucket,
    logGroup: options.logGroup,
    requests,
    faults,
    nodes: fleet.nodes,
    identities,
    s3,
    logs,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function nodeOptions(nodes: number | NodeOptions[]): NodeOptions[] {
  return typeof nodes === "number"
    ? Array.from({ length: nodes }, () => ({}))
    : nodes;
}
