import { ListNodesCommand } from "@aws-sdk/client-ssm";
import type { Node, SSMClient } from "@aws-sdk/client-ssm";
import { detailsOf } from "./details.ts";
import { UnreadableAnswer } from "./failure.ts";
import type { ManagedNode } from "./managed-node.ts";

export type ListedPage = { nodes: readonly ListedNode[]; next?: string };

/** A managed node of any account and region. Where the list does not tell either, it is the asker's own. */
export type ListedNode = ManagedNode & { region?: string; account?: string };

/** The only one that ListNodes knows. Source: SSM API reference, ListNodes. */
const syncName = "AWS-QuickSetup-ManagedNode";

/** DescribeInstanceInformation has none of these. Source: SSM user guide, inventory's AWS:InstanceInformation. */
const goneStatuses = new Set(["Stopped", "Terminated"]);

/** A page of up to 50 of the nodes that Systems Manager manages. */
export async function readListedPage(
  client: SSMClient,
  token: string | undefined,
  limits: { abortSignal: AbortSignal },
): Promise<ListedPage> {
  const command = new ListNodesCommand({
    SyncName: syncName,
    Filters: [{ Key: "ManagedStatus", Values: ["Managed"], Type: "Equal" }],
    MaxResults: 50,
    ...(token === undefined ? {} : { NextToken: token }),
  });
  const { Nodes = [], NextToken } = await client.send(command, limits);
  return {
    nodes: Nodes.map(listed).filter(({ ping }) => !goneStatuses.has(ping)),
    ...(NextToken ? { next: NextToken } : {}),
  };
}

/** By the names and the words of DescribeInstanceInformation, so that mappings hold for both. */
function listed({ Id, Region, Owner, NodeType }: Node): ListedNode {
  if (!Id) throw new UnreadableAnswer();
  const instance = NodeType?.Instance ?? {};
  const { InstanceStatus = "", PlatformType = "" } = instance;
  const ping = InstanceStatus === "Active" ? "Online" : InstanceStatus;
  return {
    instanceId: Id,
    ...(Region ? { region: Region } : {}),
    ...(Owner?.AccountId ? { account: Owner.AccountId } : {}),
    ping,
    platform: PlatformType,
    details: { ...detailsOf(instance), instanceId: Id, pingStatus: ping },
  };
}
