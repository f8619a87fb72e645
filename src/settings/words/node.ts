import type { Words } from "./words.ts";

/** Where the node is. */
export const nodeWords = {
  instanceId: {
    group: "Node",
    title: "Instance ID",
    text: "The node's id in Systems Manager, i-… or mi-…: a node attribute, which the EC2 node source sets.",
    empty: "a host name or node name that is one",
  },
  region: {
    group: "Node",
    title: "Region",
    text: "AWS region of nodes that don't say theirs.",
    empty: "AWS_REGION in the Rundeck server's environment",
    more: "A node says it by its attribute region, its availability zone or its EC2 host name.",
  },
} as const satisfies Record<string, Words>;
