import type { NodePort } from "../node/node.ts";
import { AwsFault, type Call } from "../protocol.ts";
import type { Input } from "./input.ts";
import { takePage } from "./paging.ts";
import { anyResource } from "./read.ts";
import type { SsmState } from "./state.ts";
import { epochSeconds } from "./views.ts";

type Filter = { key: string; values: string[] };

export function describeInstanceInformation(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const filters = [
    ...readFilters(input, "InstanceInformationFilterList", "key", "valueSet"),
    ...readFilters(input, "Filters", "Key", "Values"),
  ];
  const paging = {
    token: input.text("NextToken"),
    size: input.number("MaxResults", { min: 5, max: 50 }) ?? 50,
  };
  input.finish();
  call.authorize("ssm:DescribeInstanceInformation", anyResource(state, call));
  const nodes = [...state.nodes.values()].filter(
    (node) =>
      node.state !== "terminated" &&
      call.region === state.region &&
      filters.every((filter) => matches(filter, node)),
  );
  const { page, nextToken } = takePage(nodes, (it) => it.instanceId, paging);
  return {
    InstanceInformationList: page.map((node) => viewNode(state, node)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function readFilters(
  input: Input,
  list: string,
  key: string,
  values: string,
): Filter[] {
  return input.structures(list).map((filter) => ({
    key: filter.requiredText(key, { min: 1 }),
    values: filter.texts(values, { min: 1, max: 100 }),
  }));
}

function matches({ key, values }: Filter, node: NodePort): boolean {
  switch (key) {
    case "InstanceIds":
      return values.includes(node.instanceId);
    case "PingStatus":
      return values.includes(pingStatus(node));
    case "PlatformTypes":
      return values.includes(node.platform.type);
    case "AgentVersion":
      return values.includes(node.agentVersion);
    case "ResourceType":
      return values.includes(resourceType(node));
    default:
      throw new AwsFault("InvalidFilterKey", "");
  }
}

function pingStatus({ state }: NodePort): string {
  return state === "online" ? "Online" : "ConnectionLost";
}

function resourceType({ instanceId }: NodePort): string {
  return instanceId.startsWith("mi-") ? "ManagedInstance" : "EC2Instance";
}

function viewNode({ clock }: SsmState, node: NodePort): object {
  return {
    InstanceId: node.instanceId,
    PingStatus: pingStatus(node),
    LastPingDateTime: epochSeconds(clock.now()),
    AgentVersion: node.agentVersion,
    IsLatestVersion: true,
    PlatformType: node.platform.type,
    PlatformName: node.platform.name,
    PlatformVersion: node.platform.version,
    ResourceType: resourceType(node),
    IPAddress: "127.0.0.1",
    ComputerName: node.computerName,
  };
}
