import { providerNames } from "../rundeck/naming.ts";
import { mapNode } from "./mapping.ts";
import type { Mapping } from "./mapping.ts";
import type { FoundNode } from "./read-scope.ts";

/** A node as Rundeck gets it. */
export type SourceNode = {
  instanceId: string;
  /** Not yet the only one of its name. */
  name: string;
  attributes: Readonly<Record<string, string>>;
  tags: readonly string[];
};

/** What the user wants of each node. */
export type NodeWishes = {
  mapping: Mapping;
  /** A selector that comes before the default one. */
  nodeName?: string;
  /** Attributes that every node gets for which nothing else gives a value. */
  attributes: ReadonlyMap<string, string>;
  externalId?: string;
};

const states = [
  "pending",
  "running",
  "shutting-down",
  "stopped",
  "stopping",
  "terminated",
];

/** The EC2 source's own mapping, where SSM knows more by SSM. Source: rundeck-ec2-nodes-plugin, defaultMapping.properties. */
const defaultMapping: Mapping = new Map([
  ["nodename.selector", "tags/Name,instanceId"],
  [
    "hostname.selector",
    "publicDnsName,privateIpAddress,ipAddress,computerName",
  ],
  ["description.selector", "platformName+' '+platformVersion"],
  ["description.default", "AWS node"],
  ["editUrl.selector", "consoleUrl"],
  ["username.selector", "tags/Rundeck-User"],
  ["instanceId.selector", "instanceId"],
  ["region.selector", "region"],
  ["account.selector", "account"],
  ["osFamily.selector", "osFamily"],
  ["osName.selector", "platformName"],
  ["osVersion.selector", "platformVersion"],
  ["osArch.selector", "architecture"],
  ["state.selector", "state.name"],
  ["privateIpAddress.selector", "privateIpAddress,ipAddress"],
  ["privateDnsName.selector", "privateDnsName"],
  ["instanceType.selector", "instanceType"],
  ["imageId.selector", "imageId"],
  ["vpcId.selector", "vpcId"],
  ["availabilityZone.selector", "placement.availabilityZone"],
  ["pingStatus.selector", "pingStatus"],
  ["agentVersion.selector", "agentVersion"],
  ["tags.selector", "tags/Rundeck-Tags"],
  ...states.map(
    (state) => [`tag.${state}.selector`, `state.name=${state}`] as const,
  ),
]);

const ofKind: Record<FoundNode["kind"], Mapping> = {
  instance: new Map([
    ["tags.default", "ec2"],
    ["username.default", "ec2-user"],
  ]),
  hybrid: new Map([
    ["tags.default", "hybrid"],
    ["nodename.selector", "tags/Name,name,computerName,instanceId"],
  ]),
};

/** A found node with its attributes: AWS's tags, then what runs commands there, then what the user and the mapping say of it. */
export function describeSourceNode(
  node: FoundNode,
  wishes: NodeWishes,
): SourceNode {
  const { nodeName } = wishes;
  const mapping = new Map([
    ...defaultMapping,
    ...ofKind[node.kind],
    ...[...wishes.attributes].map(
      ([name, value]) => [`${name}.default`, value] as const,
    ),
    ...(nodeName === undefined
      ? []
      : [["nodename.selector", nodeName] as const]),
    ...wishes.mapping,
  ]);
  const given = new Map([
    ...Object.entries(runAttributes(node, wishes)),
    ...Object.entries(node.tags).map(
      ([key, value]) => [`tag:${key}`, value] as const,
    ),
  ]);
  const { attributes, tags } = mapNode(node, mapping, given);
  for (const name of ["instanceId", "region"] as const)
    if (!attributes.get(name)) attributes.set(name, fixed(node)[name]);
  const { nodename, ...others } = Object.fromEntries(
    [...attributes]
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([name, value]) => value !== "" && !reserved.has(name)),
  );
  return {
    instanceId: node.instanceId,
    name: nodename ?? others["hostname"] ?? node.instanceId,
    attributes: others,
    tags: [...tags],
  };
}

/** Of a node in Rundeck's form these are no texts. */
const reserved = new Set(["tags", "attributes"]);

function fixed({ instanceId, scope: { region } }: FoundNode) {
  return { instanceId, region };
}

/** How commands and files get there: by our own providers, and by the role that found the node. */
function runAttributes(
  { scope: { roleArn } }: FoundNode,
  { externalId }: NodeWishes,
): Record<string, string> {
  return {
    "node-executor": providerNames.NodeExecutor,
    "file-copier": providerNames.FileCopier,
    ...(roleArn === undefined
      ? {}
      : { "ssm-assume-role": "true", "ssm-assume-role-arn": roleArn }),
    ...(roleArn === undefined || externalId === undefined
      ? {}
      : { "ssm-external-id": externalId }),
  };
}
