import type { Ec2, Machine } from "../../src/aws/ec2.ts";
import type { Inventory } from "../../src/aws/inventory.ts";
import type { ListedNode } from "../../src/aws/list-nodes.ts";
import type { ManagedNode } from "../../src/aws/managed-node.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import type { Failure } from "../../src/kernel/failure.ts";
import { openLastAnswers } from "../../src/nodes/last-answers.ts";
import type { Scope } from "../../src/nodes/scope.ts";
import { fakeClock } from "./clock.ts";

export type World = {
  /** Instance ids by region. */
  nodes: Record<string, string[]>;
  /** What ListNodes tells. */
  listed: ListedNode[];
  /** What a call throws: `inventory eu-west-1`, `machines eu-west-1`, `tags mi-1`, `regions`, `list`, `caller`. */
  failures: Record<string, Error>;
  asked: string[];
};

export function failure(heals: Failure["heals"], told: string, denied = false) {
  return new BridgeError(denied ? "access-denied" : "aws-failing", told, {
    failure: {
      whose: "aws",
      sent: "refused",
      heals,
      name: "x",
      answered: true,
      denied,
    },
  });
}

export function managed(instanceId: string): ManagedNode {
  const ping = instanceId.includes("off") ? "ConnectionLost" : "Online";
  const details = { instanceId, pingStatus: ping, platformName: "Linux" };
  return { instanceId, ping, platform: "Linux", details };
}

function machine(instanceId: string): Machine {
  const tags = { Name: `name of ${instanceId}` };
  const details = { instanceId, state: { name: "running" } };
  return { instanceId, account: "111", state: "running", tags, details };
}

/** Two nodes a page, as AWS would have it. */
function pageOf<T>(all: readonly T[], token = "0") {
  const from = Number(token);
  const next = from + 2 < all.length ? { next: String(from + 2) } : {};
  return { page: all.slice(from, from + 2), ...next };
}

/** What a list is made by; what there is to remember is in `folder`. */
export function openPorts(world: World, folder: string) {
  const clock = fakeClock();
  const notes: string[] = [];
  const call = (name: string) => {
    world.asked.push(name);
    const failed = world.failures[name];
    if (failed) throw failed;
  };
  const inventoryOf = (region: string): Inventory => ({
    listed: async (_, token) => {
      call(`list ${region}`);
      const { page, ...next } = pageOf(world.listed, token);
      return { nodes: page, ...next };
    },
    nodes: async (_, token) => {
      call(`inventory ${region}`);
      const all = (world.nodes[region] ?? []).map(managed);
      const { page, ...next } = pageOf(all, token);
      return { nodes: page, ...next };
    },
    tags: async (instanceId) => {
      call(`tags ${instanceId}`);
      return { Name: `till ${instanceId}`, Env: "prod" };
    },
    close: () => undefined,
  });
  const ec2Of = (region: string): Ec2 => ({
    machines: async (filters, _, token) => {
      call(`machines ${region}`);
      const wanted = filters.flatMap(({ values }) => values);
      const all = (world.nodes[region] ?? [])
        .filter((id) => id.startsWith("i-"))
        .filter((id) => wanted.length === 0 || wanted.includes(id))
        .map(machine);
      const { page, ...next } = pageOf(all, token);
      return { machines: page, ...next };
    },
    regions: async () => {
      call("regions");
      return Object.keys(world.nodes);
    },
    close: () => undefined,
  });
  const answers = openLastAnswers(folder, "test", () => clock.now());
  return {
    notes,
    clock,
    answers,
    random: () => 0.5,
    note: (text: string) => void notes.push(text),
    open: ({ region, roleArn }: Scope) => ({
      inventory: inventoryOf(region),
      ec2: ec2Of(region),
      caller: async () => {
        call(`caller ${roleArn ?? ""}`);
        return { account: "111" };
      },
      subject: {
        target: `region ${region}`,
        setting: (name: string) => name,
        state: (name: string) => name,
      },
    }),
  };
}

export function worldOf(more: Partial<World> = {}): World {
  return {
    nodes: {
      "eu-west-1": ["i-1", "i-2", "i-3", "mi-1"],
      "us-east-1": ["i-4", "i-off"],
    },
    listed: [],
    failures: {},
    asked: [],
    ...more,
  };
}
