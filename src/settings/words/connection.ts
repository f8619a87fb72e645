import { keyStorage } from "./words.ts";
import type { Words } from "./words.ts";

/** How AWS and Rundeck are reached. */
export const connectionWords = {
  "ssm-sidecar": {
    group: "Rundeck Server",
    title: "Shared Process",
    text: "Whether the executions of a Rundeck server share a process, the sidecar, and with it requests to AWS.",
    more: "auto shares where that can be; off gives each execution a process of its own.",
    labels: {
      auto: "Shared where that can be",
      off: "A process for each execution",
    },
  },
  "ssm-metrics-file": {
    group: "Rundeck Server",
    title: "Metrics File",
    text: "File for the sidecar's metrics, as node_exporter's textfile collector reads them.",
    empty: "none",
    more: "A path that ends in .prom; %p becomes the server's process id. In the project and the framework alone.",
  },
  "ssm-node-endpoints": {
    group: "Rundeck Server",
    title: "Endpoints of Nodes",
    text: "Whether a node's attributes may set endpoint URLs.",
    more: "Whoever may edit a node source would receive commands and session tokens there. In the project and the framework alone.",
    labels: {
      allow: "Nodes may set them",
      ignore: "A node's are left out",
    },
  },
  "ssm-rundeck-url": {
    group: "Rundeck Server",
    title: "Rundeck URL",
    text: "Rundeck's own URL, by which settings of the form project.<name> are found in Rundeck's database.",
    empty: "those are read from property files alone",
    more: "It goes with the token.",
  },
  "ssm-rundeck-token": {
    group: "Rundeck Server",
    title: "Rundeck API Token",
    text: "Token that may read the project's configuration.",
    empty: "Rundeck's URL does not count",
    more: keyStorage,
  },
  "ssm-node-path": {
    group: "Rundeck Server",
    title: "Node.js Path",
    text: "Path of the program node (20 or newer) on the Rundeck server.",
    empty: "the server's PATH and the usual places",
    more: "Only a plugin property, or SSM_BRIDGE_NODE in the server's environment.",
  },
  "ssm-endpoint-url": {
    group: "Endpoints",
    title: "SSM Endpoint",
    text: "URL of a VPC endpoint or an emulator for Systems Manager.",
    empty:
      "AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL in the server's environment, else AWS's own",
  },
  "sts-endpoint-url": {
    group: "Endpoints",
    title: "STS Endpoint",
    text: "URL of a VPC endpoint or an emulator for assuming roles.",
    empty:
      "AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL in the server's environment, else AWS's own",
  },
  "logs-endpoint-url": {
    group: "Endpoints",
    title: "CloudWatch Logs Endpoint",
    text: "URL of a VPC endpoint or an emulator for CloudWatch Logs.",
    empty:
      "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS or AWS_ENDPOINT_URL in the server's environment, else AWS's own",
  },
  "s3-endpoint-url": {
    group: "Endpoints",
    title: "S3 Endpoint",
    text: "URL of a VPC endpoint or an emulator for S3.",
    empty:
      "AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL in the server's environment, else AWS's own",
  },
} as const satisfies Record<string, Words>;
