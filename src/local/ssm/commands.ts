import type { PluginReply } from "../node/reply.ts";
import type { Document } from "./document.ts";
import type { Parameters } from "./parameters.ts";

export type CommandOutput = {
  logGroupName?: string;
  s3?: { bucket: string; prefix: string; region: string };
};

/** A command as the service keeps it. */
export type Command = {
  commandId: string;
  /** Grows with each send: lists are ordered and paged by it. */
  sequence: number;
  document: Document;
  /** As the request named it. */
  documentVersion: string;
  parameters: Parameters;
  comment: string;
  requestedAtMs: number;
  /** Whose request it was. */
  account: string;
  region: string;
  deliveryTimeoutSeconds: number;
  output: CommandOutput;
  cloudWatch: { enabled: boolean; groupName: string } | undefined;
  maxConcurrency: string;
  maxErrors: string;
  invocations: Invocation[];
};

export type InvocationState =
  | { kind: "pending" }
  /** `plugins`: the steps that have ended. */
  | { kind: "in-progress"; plugins: PluginReply[] }
  /** Its final answer may never come. */
  | { kind: "cancelling"; plugins: PluginReply[] }
  | { kind: "replied"; plugins: PluginReply[] }
  /** Ended by the service itself, without a word from the node. */
  | {
      kind: "given-up";
      status: "TimedOut" | "Failed" | "Cancelled";
      details: string;
    };

export type Invocation = {
  command: Command;
  instanceId: string;
  computerName: string;
  state: InvocationState;
};

export type CommandStatus =
  | "Pending"
  | "InProgress"
  | "Success"
  | "Cancelled"
  | "Failed"
  | "TimedOut"
  | "Cancelling";

/** What the agent has answered so far. */
export function repliesOf({ state }: Invocation): PluginReply[] {
  return "plugins" in state ? state.plugins : [];
}

export function statusOf({ state }: Invocation): {
  status: CommandStatus;
  details: string;
} {
  switch (state.kind) {
    case "pending":
      return { status: "Pending", details: "Pending" };
    case "in-progress":
      return { status: "InProgress", details: "InProgress" };
    case "cancelling":
      return { status: "Cancelling", details: "Cancelling" };
    case "given-up":
      return { status: state.status, details: state.details };
    case "replied":
      return statusOfPlugins(state.plugins);
  }
}

const worstFirst = ["Failed", "TimedOut", "Cancelled"] as const;

function statusOfPlugins(plugins: PluginReply[]): {
  status: CommandStatus;
  details: string;
} {
  for (const status of worstFirst) {
    const plugin = plugins.find((it) => it.status === status);
    if (plugin) return { status, details: plugin.statusDetails };
  }
  return { status: "Success", details: "Success" };
}

export function isFinal({ state }: Invocation): boolean {
  return state.kind === "replied" || state.kind === "given-up";
}

/** The status of the whole command, over all of its nodes. */
export function statusOfCommand({ invocations }: Command): CommandStatus {
  const statuses = new Set(invocations.map((it) => statusOf(it).status));
  const order = [
    "Cancelling",
    "InProgress",
    "Pending",
    "Failed",
    "TimedOut",
    "Cancelled",
  ] as const;
  if (statuses.size > 1 && statuses.has("Pending")) return "InProgress";
  return order.find((status) => statuses.has(status)) ?? "Success";
}
