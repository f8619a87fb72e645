import {
  DescribeInstanceInformationCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { InstanceInformation } from "@aws-sdk/client-ssm";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import type { Call } from "./companions.ts";
import { detailsOf } from "./details.ts";
import { UnreadableAnswer } from "./failure.ts";
import { readListedPage } from "./list-nodes.ts";
import type { ListedPage } from "./list-nodes.ts";
import type { ManagedNode } from "./managed-node.ts";

/** The nodes that Systems Manager manages. Each call is one request; all throw translated `BridgeError`s. */
export type Inventory = {
  /** A page of up to 50: `ssm:DescribeInstanceInformation`. */
  nodes(call: Call, token?: string): Promise<ManagedPage>;
  /** The same of all accounts and regions at once, where an organization has set it up: `ssm:ListNodes`. */
  listed(call: Call, token?: string): Promise<ListedPage>;
  /** The tags of a hybrid node: `ssm:ListTagsForResource`. An instance's are EC2's. */
  tags(instanceId: string, call: Call): Promise<Record<string, string>>;
  close(): void;
};

export type ManagedPage = { nodes: readonly ManagedNode[]; next?: string };

/** Opens the inventory. Nothing is sent until the first call. */
export function openInventory(options: ClientOptions, clock: Clock): Inventory {
  const client = new SSMClient(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    nodes: (to, token) =>
      call("ssm:DescribeInstanceInformation", to, async (limits) => {
        const input = {
          MaxResults: 50,
          ...(token === undefined ? {} : { NextToken: token }),
        };
        const command = new DescribeInstanceInformationCommand(input);
        const { InstanceInformationList = [], NextToken } = await client.send(
          command,
          limits,
        );
        return {
          nodes: InstanceInformationList.map(managed),
          ...(NextToken ? { next: NextToken } : {}),
        };
      }),
    listed: (to, token) =>
      call("ssm:ListNodes", to, (limits) =>
        readListedPage(client, token, limits),
      ),
    tags: (instanceId, to) =>
      call("ssm:ListTagsForResource", to, async (limits) => {
        const command = new ListTagsForResourceCommand({
          ResourceType: "ManagedInstance",
          ResourceId: instanceId,
        });
        const { TagList = [] } = await client.send(command, limits);
        return Object.fromEntries(
          TagList.map(({ Key = "", Value = "" }) => [Key, Value]),
        );
      }),
    close: () => client.destroy(),
  };
}

function managed(answer: InstanceInformation): ManagedNode {
  const { InstanceId: instanceId, PingStatus, PlatformType } = answer;
  if (!instanceId) throw new UnreadableAnswer();
  return {
    instanceId,
    ping: PingStatus ?? "",
    platform: PlatformType ?? "",
    details: detailsOf(answer),
  };
}
