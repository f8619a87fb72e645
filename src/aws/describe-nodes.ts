import { DescribeInstanceInformationCommand } from "@aws-sdk/client-ssm";
import type { InstanceInformation, SSMClient } from "@aws-sdk/client-ssm";
import type { NodeState } from "./ssm.ts";

/** What SSM knows of up to 50 nodes: one page. */
export async function describeNodes(
  client: SSMClient,
  instanceIds: readonly string[],
  limits: { abortSignal: AbortSignal },
): Promise<ReadonlyMap<string, NodeState>> {
  const Filters = [{ Key: "InstanceIds", Values: [...instanceIds] }];
  const input =
    instanceIds.length > 1 ? { MaxResults: 50, Filters } : { Filters };
  const command = new DescribeInstanceInformationCommand(input);
  const answer = await client.send(command, limits);
  const nodes = answer.InstanceInformationList ?? [];
  return new Map(
    instanceIds.map((id) => [
      id,
      stateOf(nodes.find((node) => node.InstanceId === id)),
    ]),
  );
}

function stateOf(node: InstanceInformation | undefined): NodeState {
  if (!node) return { kind: "unmanaged" };
  const lastPing = node.LastPingDateTime?.toISOString();
  return {
    kind: "managed",
    ping: node.PingStatus ?? "Online",
    ...(lastPing === undefined ? {} : { lastPing }),
  };
}
