import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Python } from "../test/host/clients/python.ts";

/** A way to run a command on a node and end with its exit code. */
export type Contender = {
  name: string;
  start(request: { instanceId: string; command: string }): {
    words: string[];
    /** Absent: the server's own. */
    environment?: Record<string, string>;
  };
};

/** Ours first; the peers where Python and their clients are there. */
export function chooseContenders(python: Python): Contender[] {
  return python.kind === "ready"
    ? [direct, awsCli(python.aws), boto3(python.python)]
    : [direct];
}

const root = path.join(import.meta.dirname, "..");
const peers = path.join(import.meta.dirname, "peers");

/** The plugin as Rundeck 5 starts it: bash on its entry, with nothing but `RD_*` in the environment. */
export const direct = executor("rundeck-ssm", "off");

/** The same as clients of one sidecar. */
export const sidecar = executor("rundeck-ssm, sidecar", "auto");

function executor(name: string, mode: "auto" | "off"): Contender {
  return {
    name,
    start: ({ instanceId, command }) =>
      startEntry("awsssmexecutor.sh", instanceId, {
        RD_EXEC_COMMAND: command,
        RD_CONFIG_SSM_SIDECAR: mode,
      }),
  };
}

/** An entry of the plugin, and what Rundeck tells it of a node and a job. */
export function startEntry(
  entry: "awsssmexecutor.sh" | "aws-ssm-copier.sh",
  instanceId: string,
  work: Record<string, string>,
): ReturnType<Contender["start"]> {
  return {
    words: ["/bin/bash", path.join(contents(), entry)],
    environment: {
      ...work,
      RD_NODE_NAME: "web-1",
      RD_NODE_HOSTNAME: "web-1.example",
      RD_NODE_USERNAME: "",
      RD_NODE_DESCRIPTION: "",
      RD_NODE_TAGS: "web,linux",
      RD_NODE_OS_FAMILY: "unix",
      RD_NODE_OS_NAME: "",
      RD_NODE_OS_ARCH: "",
      RD_NODE_OS_VERSION: "",
      RD_NODE_INSTANCEID: instanceId,
      RD_NODE_NODE_EXECUTOR: "awsssmexecutor",
      RD_JOB_EXECID: "42",
      RD_JOB_NAME: "a job",
      RD_JOB_GROUP: "a group",
      RD_JOB_PROJECT: "bench",
      RD_JOB_USERNAME: "admin",
      RD_JOB_LOGLEVEL: "INFO",
      RD_RUNDECK_PROJECT: "bench",
      RD_RUNDECK_BASE: "/nonexistent",
      RD_PLUGIN_BASE: contents(),
    },
  };
}

/** The built plugin's folder. */
export function contents(): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
  return path.join(root, "dist", `rundeck-ssm-bridge-${version}`, "contents");
}

const awsCli = (aws: string): Contender => ({
  name: "AWS CLI in bash",
  start: ({ instanceId, command }) => ({
    words: [
      "/bin/bash",
      path.join(peers, "aws-cli.sh"),
      aws,
      instanceId,
      command,
    ],
  }),
});

const boto3 = (python: string): Contender => ({
  name: "boto3",
  start: ({ instanceId, command }) => ({
    words: [python, path.join(peers, "boto3_run.py"), instanceId, command],
  }),
});
