import type { NodePort } from "../node/node.ts";
import { AwsFault, type Call } from "../protocol.ts";
import type { Input } from "./input.ts";
import { pingStatus, resourceType } from "./instances.ts";
import { takePage } from "./paging.ts";
import { anyResource } from "./read.ts";
import { isOwnNode, type SsmState } from "./state.ts";
import { epochSeconds } from "./views.ts";

type Listed = {
  id: string;
  account: string;
  region: string;
  instance: Record<string, string>;
};

const syncName = "AWS-QuickSetup-ManagedNode";

/** Source: SSM API reference, ListNodes. It does not tell what another than the administrator is answered: here, that there is no sync. */
export function listNodes(state: SsmState, input: Input, call: Call): object {
  const sync = input.text("SyncName", { min: 1, max: 64 });
  const filters = input
    .structures("Filters", { min: 1, max: 5 })
    .map((filter) => ({
      key: filter.requiredText("Key"),
      values: filter.texts("Values"),
      type: filter.text("Type", { oneOf: ["Equal", "NotEqual", "BeginWith"] }),
    }));
  const paging = {
    token: input.text("NextToken"),
    size: input.number("MaxResults", { min: 1, max: 50 }) ?? 50,
  };
  input.finish();
  call.authorize("ssm:ListNodes", anyResource(call));
  refuseUnsynced(state, sync, call);
  const listed = [
    ...[...state.nodes.values()].map((node) => listManaged(state, node)),
    ...listUnmanaged(state),
  ].filter(
    (node) =>
      (sync !== undefined || isOwnNode(node, call)) &&
      filters.every((filter) => matches(filter, node)),
  );
  const { page, nextToken } = takePage(listed, ({ id }) => id, paging);
  return {
    Nodes: page.map((node) => view(state, node)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function refuseUnsynced(
  { nodeSync }: SsmState,
  sync: string | undefined,
  { caller, region }: Call,
): void {
  if (!nodeSync) throw new AwsFault("UnsupportedOperationException", "");
  const isSynced =
    sync === syncName &&
    caller.account === nodeSync.administrator &&
    region === nodeSync.homeRegion;
  if (sync !== undefined && !isSynced)
    throw new AwsFault("ResourceDataSyncNotFoundException", "");
}

function listManaged(state: SsmState, node: NodePort): Listed {
  const { instanceId: id, account, region, platform } = node;
  return {
    id,
    account,
    region,
    instance: {
      AgentType: "amazon-ssm-agent",
      AgentVersion: node.agentVersion,
      ComputerName: node.computerName,
      InstanceStatus: statusOf(state, node),
      IpAddress: node.ipAddress,
      ManagedStatus: "Managed",
      PlatformType: platform.type,
      PlatformName: platform.name,
      PlatformVersion: platform.version,
      ResourceType: resourceType(node),
      ...(node.hybrid?.name ? { Name: node.hybrid.name } : {}),
    },
  };
}

/** Machines that EC2 alone knows. */
function listUnmanaged({ instances, nodes }: SsmState): Listed[] {
  return [...instances.values()]
    .filter(({ instanceId }) => !nodes.has(instanceId))
    .map(({ instanceId: id, account, region }) => ({
      id,
      account,
      region,
      instance: { ManagedStatus: "Unmanaged", ResourceType: "EC2Instance" },
    }));
}

/** Inventory's words. Source: SSM user guide, AWS:InstanceInformation. */
function statusOf({ instances }: SsmState, node: NodePort): string {
  if (node.state === "terminated") return "Terminated";
  if (instances.get(node.instanceId)?.state === "stopped") return "Stopped";
  return pingStatus(node) === "Online" ? "Active" : "ConnectionLost";
}

function matches(
  {
    key,
    values,
    type = "Equal",
  }: { key: string; values: string[]; type: string | undefined },
  { id, account, region, instance }: Listed,
): boolean {
  const all: Record<string, string> = {
    ...instance,
    InstanceId: id,
    AccountId: account,
    Region: region,
  };
  const value = all[key] ?? "";
  switch (type) {
    case "Equal":
      return values.includes(value);
    case "NotEqual":
      return !values.includes(value);
    default:
      return values.some((start) => value.startsWith(start));
  }
}

function view({ clock }: SsmState, listed: Listed): object {
  return {
    CaptureTime: epochSeconds(clock.now()),
    Id: listed.id,
    Owner: { AccountId: listed.account },
    Region: listed.region,
    NodeType: { Instance: listed.instance },
  };
}
