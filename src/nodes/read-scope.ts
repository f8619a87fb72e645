import type { Ec2, Machine, MachineFilter } from "../aws/ec2.ts";
import type { Inventory } from "../aws/inventory.ts";
import type { ManagedNode } from "../aws/managed-node.ts";
import type { Clock } from "../kernel/clock.ts";
import { BridgeError, extend } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import { allEnded } from "./all-ended.ts";
import { consoleUrl } from "./console-url.ts";
import { matchesFilters } from "./filter.ts";
import { readHybridTags } from "./hybrid-tags.ts";
import type { TagMemory } from "./hybrid-tags.ts";
import { allPages, openRepeat } from "./repeat.ts";
import type { Asking } from "./repeat.ts";
import { accountOfRole } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Selectable } from "./select.ts";

/** A managed node with all that AWS tells of it. */
export type FoundNode = Selectable & {
  instanceId: string;
  scope: Scope;
  kind: "instance" | "hybrid";
  ping: string;
};

export type ScopePorts = {
  inventory: Inventory;
  ec2: Ec2;
  clock: Clock;
  random: () => number;
  subject: Subject;
  tagMemory: TagMemory;
  /** What the list lacks, but not of its nodes. */
  note: (text: string) => void;
};

/** For so long hybrid nodes are asked for tags that are known from before. */
const refreshMs = 15_000;

/**
 * Every managed node of a region that matches, whatever its state; as a whole, or it throws. Without `ec2:DescribeInstances` nodes have no
 * tags of EC2's, unless a filter needs them.
 */
export async function readScope(
  scope: Scope,
  filters: readonly MachineFilter[],
  ports: ScopePorts,
  asking: Asking,
): Promise<FoundNode[]> {
  const call = { signal: asking.signal, subject: ports.subject };
  const repeat = openRepeat(ports, asking);
  const asksMachines = allPages((token) =>
    repeat(() => ports.ec2.machines(filters, call, token)),
  ).then((pages) => pages.flatMap((it) => it.machines));
  const asksNodes = allPages((token) =>
    repeat(() => ports.inventory.nodes(call, token)),
  ).then((pages) => pages.flatMap((it) => it.nodes));
  const [managed, machines] = await bothEnded(
    asksNodes,
    asksMachines.catch((error: unknown) =>
      withoutMachines(error, filters, ports),
    ),
  );
  const found = combine(scope, managed, machines);
  const known = new Set(machines?.map(({ instanceId }) => instanceId));
  const instances = found.filter(
    ({ kind, instanceId }) =>
      kind === "instance" && (filters.length === 0 || known.has(instanceId)),
  );
  const hybrids = found.filter(({ kind }) => kind === "hybrid");
  const ids = hybrids.map(({ instanceId }) => instanceId);
  await readHybridTags(ids, ports.tagMemory, {
    read: (id) => repeat(() => ports.inventory.tags(id, call)),
    now: () => ports.clock.now(),
    refreshUntilEpochMs: ports.clock.now() + refreshMs,
  }).catch((error: unknown) => withoutTags(error, filters, ports));
  const tagged = hybrids.map((node) => ({
    ...node,
    tags: ports.tagMemory.get(node.instanceId)?.tags ?? {},
  }));
  return [
    ...instances,
    ...tagged.filter((node) => matchesFilters(filters, node)),
  ];
}

/** Nothing of either goes on when it fails. */
async function bothEnded<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await allEnded<unknown>([a, b]);
  return [await a, await b];
}

/** What the list can do without, where nobody filters by it. */
function withoutMachines(
  error: unknown,
  filters: readonly MachineFilter[],
  { subject, note }: ScopePorts,
): undefined {
  if (isWrongFilter(error))
    throw extend(
      error,
      `${error.message}: correct ${subject.setting("filter")}`,
    );
  if (filters.length > 0 || !isDenied(error)) throw error;
  note(`${error.message}; nodes are listed without EC2's tags`);
}

function withoutTags(
  error: unknown,
  filters: readonly MachineFilter[],
  { note }: ScopePorts,
): void {
  const needsTags = filters.some(({ name }) => name.startsWith("tag"));
  if (needsTags || !isDenied(error)) throw error;
  note(
    `${error.message}; hybrid nodes have the tags that are known from before, if any`,
  );
}

/** EC2 knows its filters best. Source: EC2 API reference, "Error codes". */
function isWrongFilter(error: unknown): error is BridgeError {
  return (
    error instanceof BridgeError &&
    error.failure?.name === "InvalidParameterValue"
  );
}

/** Of the action itself: a role that can't be assumed gives no nodes at all. */
function isDenied(error: unknown): error is BridgeError {
  if (!(error instanceof BridgeError)) return false;
  return error.failure?.denied === true && error.failure.whose === "aws";
}

/** Both services' knowledge by instance id. */
function combine(
  scope: Scope,
  managed: readonly ManagedNode[],
  machines: readonly Machine[] = [],
): FoundNode[] {
  const { region, roleArn } = scope;
  const byId = new Map(machines.map((it) => [it.instanceId, it]));
  const account =
    (roleArn === undefined ? undefined : accountOfRole(roleArn)) ??
    machines[0]?.account;
  const once = new Map(managed.map((node) => [node.instanceId, node]));
  return [...once.values()].map(({ instanceId, ping, platform, details }) => {
    const machine = byId.get(instanceId);
    const url = consoleUrl(region, instanceId);
    return {
      instanceId,
      scope,
      kind: instanceId.startsWith("mi-") ? "hybrid" : "instance",
      ping,
      tags: machine?.tags ?? {},
      details: {
        ...machine?.details,
        ...details,
        region,
        osFamily: platform === "Windows" ? "windows" : "unix",
        ...(url === undefined ? {} : { consoleUrl: url }),
        ...(account === undefined ? {} : { account }),
      },
    };
  });
}
