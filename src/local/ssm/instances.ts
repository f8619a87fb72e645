import { latestAgentVersion } from "../node/facts.ts";
import type { NodePort } from "../node/node.ts";
import { AwsFault, type Call } from "../protocol.ts";
import type { Input } from "./input.ts";
import { takePage } from "./paging.ts";
import { anyResource } from "./read.ts";
import { isOwnNode, type SsmState } from "./state.ts";
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
  call.authorize("ssm:DescribeInstanceInformation", anyResource(call));
  const nodes = [...state.nodes.values()].filter(
    (node) =>
      node.state !== "terminated" &&
      isOwnNode(node, call) &&
      !isStopped(state, node) &&
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

/** SSM lists no machine that EC2 has stopped. */
function isStopped({ instances }: SsmState, { instanceId }: NodePort): boolean {
  return instances.get(instanceId)?.state === "stopped";
}

export function pingStatus({ state }: NodePort): string {
  return state === "online" ? "Online" : "ConnectionLost";
}

export function resourceType({ instanceId }: NodePort): string {
  return instanceId.startsWith("mi-") ? "ManagedInstance" : "EC2Instance";
}

function viewNode({ clock }: SsmState, node: NodePort): object {
  return {
    InstanceId: node.instanceId,
    PingStatus: pingStatus(node),
    LastPingDateTime: epochSeconds(node.offlineSinceMs ?? clock.now()),
    AgentVersion: node.agentVersion,
    IsLatestVersion: node.agentVersion === latestAgentVersion,
    PlatformType: node.platform.type,
    PlatformName: node.platform.name,
    PlatformVersion: node.platform.version,
    ResourceType: resourceType(node),
    IPAddress: node.ipAddress,
    ComputerName: node.computerName,
    ...(node.hybrid
      ? {
          ActivationId: "00000000-0000-4000-8000-000000000001",
          IamRole: "local-hybrid-node",
          RegistrationDate: epochSeconds(Date.UTC(2026, 0, 2)),
          ...(node.hybrid.name ? { Name: node.hybrid.name } : {}),
        }
      : {}),
  };
}
