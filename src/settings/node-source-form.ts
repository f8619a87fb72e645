import { nodeSourceName } from "../rundeck/naming.ts";
import { keyStorageOptions } from "./key-storage.ts";
import { nodeSourceProperties } from "./table/node-source.ts";
import type { SourceProperty, SourceRecord } from "./table/node-source.ts";

/** What users read of a property. */
type Words = {
  labels?: Readonly<Record<string, string>>;
  title: string;
  text: string;
  /** The closed fold of Rundeck's form that it is in; absent: none. */
  fold?: string;
};

const words: Readonly<Record<SourceProperty, Words>> = {
  regions: {
    title: "Regions",
    text: "AWS regions with commas between them, or all: those that each account may use. Without it: AWS_REGION of the server's environment.",
  },
  "role-arns": {
    title: "Role ARNs",
    text: "Roles to assume with commas between them, one for each account. Every role is asked in every region, and commands run by the role that found the node. Without it: the credentials' own account.",
  },
  "list-nodes": {
    title: "List Nodes",
    text: "Whether ssm:ListNodes tells which nodes there are, once for all accounts and regions, where Systems Manager's unified console is set up for them. It is asked in AWS_REGION of the server's environment, by the credentials themselves.",
    labels: {
      true: "Yes, one list for all",
      false: "No, each region of each account is asked",
    },
  },
  filter: {
    title: "Filter",
    text: "Filters as the EC2 node source has them, with ; between them: tag:Env=prod,test;instance-type=t3.*. Hybrid nodes have tags, instance-id, owner-id and private-ip-address.",
  },
  "include-offline": {
    title: "Offline Nodes",
    text: "Whether nodes are listed whose SSM agent is not online.",
    labels: { true: "Yes, listed", false: "No, left out" },
  },
  "node-name": {
    title: "Node Name",
    text: "Where a node's name comes from, as a selector of the mapping. Of several nodes with one name each gets its instance id behind it.",
    fold: "Attributes",
  },
  "mapping-params": {
    title: "Mapping Params",
    text: "Attributes as the EC2 node source maps them, with ; between them: owner.selector=tags/Owner;tier.default=web;tags.selector=tags/Role|tags/Env.",
    fold: "Attributes",
  },
  "default-attributes": {
    title: "Default Attributes",
    text: "Attributes for every node that has none of the name, with ; between them: ssm-run-as=app;cloudwatch-log-group=/rundeck.",
    fold: "Attributes",
  },
  "ssm-accessKeyId": {
    title: "Access Key ID",
    text: "Access key id. With neither a key nor a profile: the server's own credentials (environment, web identity, SSO, ECS, EKS, EC2).",
  },
  "ssm-secretKey": {
    title: "Secret Key",
    text: "Secret key of the access key id. A Key Storage path.",
  },
  "ssm-profile": {
    title: "Profile",
    text: "A named profile in the AWS configuration files of the Rundeck server's user.",
  },
  "ssm-external-id": {
    title: "External ID",
    text: "What the roles' trust policies ask for as sts:ExternalId. The nodes get it as an attribute.",
  },
  "ssm-sts-region": {
    title: "STS Region",
    text: "AWS region in which STS is asked for sessions. Without it, the first region.",
    fold: "Connection",
  },
  "ssm-node-path": {
    title: "Node.js Path",
    text: "Path of the program node (20 or newer) on the Rundeck server, if it is found nowhere else.",
    fold: "Connection",
  },
};

/** A property with all that there is to say of it. */
export type SourceEntry = SourceRecord & Words & { name: SourceProperty };

/** Every property, in the order of the form. */
export function listSourceEntries(): SourceEntry[] {
  const names: SourceProperty[] = [];
  for (const name in nodeSourceProperties) if (isName(name)) names.push(name);
  return names.map((name) => {
    const record: SourceRecord = nodeSourceProperties[name];
    return { name, ...record, ...words[name] };
  });
}

function isName(name: string): name is SourceProperty {
  return Object.hasOwn(words, name);
}

/** The provider in plugin.yaml. Source: Rundeck Plugin Developer Guide, "Script plugins", ResourceModelSource. */
export function composeNodeSource() {
  return {
    name: nodeSourceName,
    service: "ResourceModelSource",
    title: "AWS / SSM / Managed Nodes",
    description:
      "Nodes that AWS Systems Manager manages, of several regions and accounts",
    "plugin-type": "script",
    "script-interpreter": "bash -p",
    "script-file": `${nodeSourceName}.sh`,
    "resource-format": "resourcejson",
    "plugin-meta": { faicon: "cloud" },
    config: listSourceEntries().map(composeProperty),
  };
}

function composeProperty(entry: SourceEntry) {
  const { name, title, choices, isSecret, fold } = entry;
  const rendering = {
    ...(fold === undefined ? {} : { groupName: fold, grouping: "secondary" }),
    ...(isSecret ? keyStorageOptions : {}),
  };
  return {
    name,
    title,
    description: describeSourceEntry(entry),
    required: false,
    ...(choices
      ? { type: "Select", values: choices.join(","), labels: entry.labels }
      : { type: "String" }),
    ...(Object.keys(rendering).length > 0
      ? { renderingOptions: rendering }
      : {}),
  };
}

export function describeSourceEntry(entry: SourceEntry): string {
  return entry.default === undefined
    ? entry.text
    : `${entry.text} Default: ${entry.default}.`;
}

/** The table of properties in docs/nodes.md, as Markdown. */
export function composeSourceTable(): string {
  const rows = listSourceEntries().map(
    ({ name, text, default: preset = "" }) =>
      `| \`${name}\` | ${text.replaceAll("|", "\\|")} | ${preset} |`,
  );
  return ["| property | meaning | default |", "|---|---|---|", ...rows].join(
    "\n",
  );
}
