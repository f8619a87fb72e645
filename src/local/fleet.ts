import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Identity } from "./auth/identities.ts";
import { endableClock, type LocalClock } from "./clock.ts";
import { createInstance, type Instance, platformOf } from "./ec2/instance.ts";
import { nodeTokenHeader } from "./http/exchange.ts";
import { openBuckets } from "./node/buckets.ts";
import type { AgentTimings, LogCalls } from "./node/cloudwatch.ts";
import type { Metadata } from "./node/metadata.ts";
import { createPipes } from "./node/fifos.ts";
import { type NodeOptions, type NodePort, openNode } from "./node/node.ts";
import { reapProcesses } from "./node/processes.ts";

export type Fleet = {
  nodes: ReadonlyMap<string, NodePort>;
  /** The machines of those that are EC2's. */
  instances: Map<string, Instance>;
  /** Ends every process that commands started, whatever became of it. */
  close(commandIds: ReadonlySet<string>): Promise<void>;
};

export type FleetOptions = {
  /** Everything below it is the fleet's. */
  folder: string;
  region: string;
  account: string;
  clock: LocalClock;
  timings: AgentTimings;
  nodes: NodeOptions[];
  logCallsOf(role: Identity): LogCalls;
  /** Filled with what the nodes sign their S3 calls with. */
  nodeTokens: Map<string, Identity>;
  endpoint: () => string;
  metadata: Metadata;
  /** Every node's role becomes known to the services. */
  knowRole: (role: Identity) => void;
};

export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const clock = endableClock(options.clock);
  const world = {
    ...options,
    clock,
    root: join(options.folder, "nodes"),
    pipes: createPipes(join(options.folder, "pipes")),
    bucketsOf: (role: Identity) => {
      const token = randomBytes(16).toString("hex");
      options.nodeTokens.set(token, role);
      return openBuckets(options.endpoint, { [nodeTokenHeader]: token });
    },
    clientEnvironmentOf: (role: Identity, region: string) => {
      options.knowRole(role);
      const path = options.metadata.add(role, region);
      return () => ({
        AWS_ENDPOINT_URL: options.endpoint(),
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `${options.endpoint()}${path}`,
        // the real one never has to wait for a processor
        AWS_METADATA_SERVICE_TIMEOUT: "30",
      });
    },
  };
  const nodes = new Map<string, NodePort>();
  const instances = new Map<string, Instance>();
  for (const [index, node] of options.nodes.entries()) {
    const instanceId = node.instanceId ?? nodeId(index + 1);
    const opened = await openNode({ ...node, instanceId }, world);
    nodes.set(instanceId, opened);
    if (opened.hybrid) continue;
    const { tags = {}, ec2 = {} } = node;
    instances.set(
      instanceId,
      createInstance(opened, { platform: platformOf(opened), tags, ...ec2 }),
    );
  }
  return {
    nodes,
    instances,
    close: async (commandIds) => {
      const stopped = Promise.all([...nodes.values()].map((it) => it.stop()));
      clock.end();
      const traces = { folder: options.folder, commandIds };
      // What left its group may hold a pipe that an agent still reads: the processes go first, then the agents are through.
      await Promise.race([stopped, delay(200)]);
      await reapProcesses(traces);
      await Promise.race([stopped, delay(2_000, undefined, { ref: false })]);
    },
  };
}

/** `i-00000000000000001`, `i-00000000000000002`, … */
export function nodeId(number: number): string {
  return `i-${String(number).padStart(17, "0")}`;
}
