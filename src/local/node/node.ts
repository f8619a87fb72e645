import { randomBytes } from "node:crypto";
import type { Identity } from "../auth/identities.ts";
import type { LocalClock } from "../clock.ts";
import { type InstanceOptions, privateIpOf } from "../ec2/instance.ts";
import { type Agent, createAgent, type Answer } from "./agent.ts";
import type { AgentTimings, LogCalls } from "./cloudwatch.ts";
import { latestAgentVersion } from "./facts.ts";
import type { NodeFacts, Platform } from "./facts.ts";
import type { Pipes } from "./fifos.ts";
import { type NodeTools, openHome } from "./home.ts";
import type { AgentMessage } from "./message.ts";
import type { NodeBuckets } from "./buckets.ts";
import {
  type NodeState,
  type NodeStatus,
  openStatus,
  reachedBy,
} from "./status.ts";
import { runMessage } from "./run-message.ts";
import type { StepTools } from "./step.ts";

/** A node of the fleet: what a test may do with it, and see of it. */
export type LocalNode = NodeFacts & {
  /** The node's own folder: relative files of commands land here. */
  folder: string;
  /** The role that the node's own calls are made with. Change its `policies` to deny it something. */
  role: Identity;
  readonly state: NodeState;
  /** When its agent was last heard of; undefined while it is online. */
  readonly offlineSinceMs: number | undefined;
  /** Connection lost: what is sent waits, what runs goes on, and its answers wait too. */
  goOffline(): void;
  goOnline(): void;
  /** Kills what runs, without an answer. */
  terminate(): Promise<void>;
  /** How many of the next answers get lost on their way. */
  lostReplies: number;
  /** How often commands asked for a reboot (exit code 194). */
  readonly reboots: number;
};

/** What the service does with a node. */
export type NodePort = LocalNode & {
  deliver(message: AgentMessage, answer: Answer): "accepted" | "refused";
  cancel(commandId: string): void;
  /** Called when the node may take what it did not take before. */
  onRoom: (() => void) | undefined;
  stop(): Promise<void>;
};

export type NodeOptions = {
  instanceId?: string;
  /** Default: the local AWS's. */
  region?: string;
  /** Default: the local AWS's. */
  account?: string;
  computerName?: string;
  /** EC2's, or SSM's of a hybrid node. */
  tags?: Record<string, string>;
  /** The name that a hybrid node was registered by. */
  name?: string;
  /** What EC2 knows of the machine; a hybrid node has none there. */
  ec2?: InstanceOptions;
  platform?: "linux" | "windows";
  /** Default: the latest. */
  agentVersion?: string;
  tools?: NodeTools;
  /** Default: a role that may do everything. */
  role?: Identity;
  state?: NodeState;
  /** On a Windows node: the program that runs Windows' PowerShell. Without it scripts fail, as where there is none. */
  powershell?: string;
  /** A reboot more than this and the machine stays down. Default 5. */
  maxReboots?: number;
  /**
   * `from-role`: the agent itself may do what `role` may, and nothing else. Default: it has what AmazonSSMManagedInstanceCore or
   * Default Host Management gives it.
   */
  agentRights?: "from-role";
};

/** What all nodes of a fleet share. */
export type NodeWorld = {
  /** Folder of all nodes. */
  root: string;
  region: string;
  account: string;
  pipes: Pipes;
  clock: LocalClock;
  timings: AgentTimings;
  logCallsOf(role: Identity): LogCalls;
  bucketsOf(role: Identity): NodeBuckets;
  /** Variables by which AWS's clients on the node find the local AWS, and the node's role. Known once the server listens. */
  clientEnvironmentOf(
    role: Identity,
    region: string,
  ): () => Record<string, string>;
};

export async function openNode(
  options: NodeOptions & { instanceId: string },
  world: NodeWorld,
): Promise<NodePort> {
  const facts = factsOf(options, world);
  const home = await openHome(
    world.root,
    facts.instanceId,
    options.tools ?? {},
  );
  const role = options.role ?? nodeRole(facts.instanceId, facts.account);
  const { maxReboots = 5, state = "online" } = options;
  const now = () => world.clock.now();
  const status = openStatus(state, now(), () =>
    options.agentRights === "from-role" ? reachedBy(role) : "online",
  );
  const tools: StepTools = {
    ...world,
    facts,
    home,
    powershell: options.powershell,
    logCalls: world.logCallsOf(role),
    buckets: world.bucketsOf(role),
    clientEnvironment: world.clientEnvironmentOf(role, facts.region),
    reboot: () => ++status.reboots <= maxReboots,
  };
  const agent = createAgent({
    run: (message, cancel, report) =>
      runMessage(message, { cancel, report }, tools),
    onRoom: () => node.onRoom?.(),
  });
  const node: NodePort = {
    ...facts,
    folder: home.folder,
    role,
    lostReplies: 0,
    onRoom: undefined,
    get state() {
      return status.state;
    },
    get offlineSinceMs() {
      return status.offlineSinceMs;
    },
    get reboots() {
      return status.reboots;
    },
    ...connect(status, { agent, now }, () => node),
    stop: () => agent.stop(),
  };
  return node;
}

/** Between the node's agent and the service: a connection that a test may cut. */
function connect(
  status: NodeStatus,
  { agent, now }: { agent: Agent; now: () => number },
  node: () => NodePort,
): Pick<
  NodePort,
  "deliver" | "cancel" | "goOffline" | "goOnline" | "terminate"
> {
  let held: (() => void)[] = [];
  const tell = (answer: () => void): void => {
    if (status.state === "terminated") return;
    if (status.state === "offline") held.push(answer);
    else answer();
  };
  const send = (answer: () => void): void =>
    tell(() => {
      if (node().lostReplies > 0) node().lostReplies -= 1;
      else answer();
    });
  return {
    deliver: (message, answer) =>
      status.state === "online"
        ? agent.accept(message, {
            partial: (plugins) => tell(() => answer.partial(plugins)),
            final: (plugins) => send(() => answer.final(plugins)),
          })
        : "refused",
    cancel: (commandId) => {
      if (status.state === "online") agent.cancel(commandId);
    },
    goOffline: () => {
      status.state = "offline";
      status.offlineSinceMs ??= now();
    },
    goOnline: () => {
      status.state = "online";
      status.offlineSinceMs = undefined;
      const answers = held;
      held = [];
      for (const answer of answers) tell(answer);
      node().onRoom?.();
    },
    terminate: async () => {
      status.state = "terminated";
      node().onRoom?.();
      await agent.stop();
    },
  };
}

function factsOf(
  options: NodeOptions & { instanceId: string },
  world: NodeWorld,
): NodeFacts {
  const { instanceId, platform = "linux", tags = {}, name = "" } = options;
  return {
    instanceId,
    region: options.region ?? world.region,
    account: options.account ?? world.account,
    platform: platforms[platform],
    computerName:
      options.computerName ?? `node-${instanceId.replace(/^m?i-0*/, "")}.local`,
    ipAddress: options.ec2?.privateIp ?? privateIpOf(instanceId),
    ...(instanceId.startsWith("mi-") ? { hybrid: { name, tags } } : {}),
    agentVersion: options.agentVersion ?? latestAgentVersion,
    tags,
  };
}

const platforms: Record<"linux" | "windows", Platform> = {
  linux: { type: "Linux", name: "Debian GNU/Linux", version: "12" },
  windows: {
    type: "Windows",
    name: "Microsoft Windows Server 2022 Datacenter",
    version: "10.0.20348",
  },
};

function nodeRole(instanceId: string, account: string): Identity {
  return {
    accessKeyId: `ASIANODE${instanceId.replace(/\W/g, "").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(48).toString("base64"),
    arn: `arn:aws:sts::${account}:assumed-role/local-node/${instanceId}`,
    account,
  };
}
