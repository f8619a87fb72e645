import { randomBytes } from "node:crypto";
import type { Identity } from "../auth/identities.ts";
import type { LocalClock } from "../clock.ts";
import { type Agent, createAgent, type Answer } from "./agent.ts";
import type { AgentTimings, LogCalls } from "./cloudwatch.ts";
import type { Pipes } from "./fifos.ts";
import { type NodeTools, openHome } from "./home.ts";
import type { AgentMessage, Step } from "./message.ts";
import type { NodeBuckets } from "./buckets.ts";
import { downloadContent } from "./download.ts";
import { type PluginReply, replyWithoutRun } from "./reply.ts";
import { runScriptStep, type StepTools } from "./step.ts";

export type Platform = {
  type: "Linux" | "Windows";
  name: string;
  version: string;
};

export type NodeFacts = {
  instanceId: string;
  region: string;
  platform: Platform;
  computerName: string;
  agentVersion: string;
};

/** `offline`: stopped, or without network; its commands wait. `terminated`: AWS no longer knows it. */
export type NodeState = "online" | "offline" | "terminated";

/** A node of the fleet: what a test may do with it, and see of it. */
export type LocalNode = NodeFacts & {
  /** The node's own folder: relative files of commands land here. */
  folder: string;
  /** The role that the node's own calls are made with. Change its `policies` to deny it something. */
  role: Identity;
  readonly state: NodeState;
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
  platform?: "linux" | "windows";
  tools?: NodeTools;
  /** Default: a role that may do everything. */
  role?: Identity;
  state?: NodeState;
  /** A reboot more than this and the machine stays down. Default 5. */
  maxReboots?: number;
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
  clientEnvironmentOf(role: Identity): () => Record<string, string>;
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
  const role = options.role ?? nodeRole(facts.instanceId, world.account);
  const { maxReboots = 5, state = "online" } = options;
  const status: NodeStatus = { state, reboots: 0 };
  const tools: StepTools = {
    ...world,
    facts,
    home,
    logCalls: world.logCallsOf(role),
    buckets: world.bucketsOf(role),
    clientEnvironment: world.clientEnvironmentOf(role),
    reboot: () => ++status.reboots <= maxReboots,
  };
  const agent = createAgent({
    run: (message, cancel) => runMessage(message, cancel, tools),
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
    get reboots() {
      return status.reboots;
    },
    ...connect(status, agent, () => node),
    stop: () => agent.stop(),
  };
  return node;
}

type NodeStatus = { state: NodeState; reboots: number };

/** Between the node's agent and the service: a connection that a test may cut. */
function connect(
  status: NodeStatus,
  agent: Agent,
  node: () => NodePort,
): Pick<
  NodePort,
  "deliver" | "cancel" | "goOffline" | "goOnline" | "terminate"
> {
  let held: (() => void)[] = [];
  const send = (answer: () => void): void => {
    if (status.state === "terminated") return;
    if (status.state === "offline") held.push(answer);
    else if (node().lostReplies > 0) node().lostReplies -= 1;
    else answer();
  };
  return {
    deliver: (message, answer) =>
      status.state === "online"
        ? agent.accept(message, (plugins) => send(() => answer(plugins)))
        : "refused",
    cancel: (commandId) => {
      if (status.state === "online") agent.cancel(commandId);
    },
    goOffline: () => {
      status.state = "offline";
    },
    goOnline: () => {
      status.state = "online";
      const answers = held;
      held = [];
      for (const answer of answers) send(answer);
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
  { instanceId, platform = "linux" }: NodeOptions & { instanceId: string },
  { region }: NodeWorld,
): NodeFacts {
  return {
    instanceId,
    region,
    platform: platforms[platform],
    computerName: `node-${instanceId.replace(/^m?i-0*/, "")}.local`,
    agentVersion: "3.3.0.0",
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

async function runMessage(
  message: AgentMessage,
  cancel: AbortSignal,
  tools: StepTools,
): Promise<PluginReply[] | undefined> {
  const replies: PluginReply[] = [];
  for (const step of message.steps) {
    const reply = await runStep(message, step, cancel, tools);
    if (reply === undefined) return undefined;
    replies.push(reply);
  }
  return replies;
}

async function runStep(
  message: AgentMessage,
  step: Step,
  cancel: AbortSignal,
  tools: StepTools,
): Promise<PluginReply | undefined> {
  switch (step.kind) {
    case "script":
      return await runScriptStep(message, step, cancel, tools);
    case "download":
      return await downloadContent(message, step, tools);
    case "unresolved":
    case "skipped":
      return replyWithoutRun(step, tools.clock.now());
  }
}
