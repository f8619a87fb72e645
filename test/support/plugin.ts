import { spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";
import { variableName } from "../../src/rundeck/naming.ts";
import { sidecarMode } from "./sidecar-mode.ts";

/** How a run of the plugin ended. */
export type PluginRun = {
  stdout: Buffer;
  stderr: string;
  stderrBytes: Buffer;
  exitCode: number | null;
  ms: number;
};

export type RunningPlugin = {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when stdout holds `text`. */
  printed(text: string): Promise<void>;
  /** Resolves after so long, or when it has ended: for whoever looks for what shows itself nowhere else. */
  passed(ms: number): Promise<void>;
  /** Reads no further for a while, as a busy server does. */
  pauseOutput(): void;
  resumeOutput(): void;
  /** Stops reading, as Rundeck 5 does with a killed job. */
  closeOutput(): void;
  ended: Promise<PluginRun>;
};

const scripts = {
  NodeExecutor: "awsssmexecutor.sh",
  FileCopier: "aws-ssm-copier.sh",
  ResourceModelSource: "aws-ssm-nodes.sh",
  WorkflowNodeStep: "aws-ssm-document.sh",
};

/** The Node that runs the plugin, where RUNDECK_SSM_TEST_NODE asks for another than would be found: `scripts/test.mjs` does. */
function chosenNode(): Record<string, string> {
  const node = process.env["RUNDECK_SSM_TEST_NODE"];
  return node === undefined ? {} : { RUNDECK_SSM_NODE: node };
}

/** Starts the built plugin as Rundeck does: bash, no environment but what is given, nothing on stdin. */
export function startPlugin(
  service: keyof typeof scripts,
  environment: Record<string, string>,
  contents = inject("build").contents,
): RunningPlugin {
  const startedAt = performance.now();
  const child = spawn("/bin/bash", [path.join(contents, scripts[service])], {
    env: { ...chosenNode(), ...sidecarMode(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const waiting: (() => void)[] = [];
  child.stdout.on("data", (bytes: Buffer) => {
    stdout.push(bytes);
    for (const look of waiting) look();
  });
  child.stderr.on("data", (bytes: Buffer) => stderr.push(bytes));
  const ended = new Promise<PluginRun>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) =>
      resolve({
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
        stderrBytes: Buffer.concat(stderr),
        exitCode,
        ms: performance.now() - startedAt,
      }),
    );
  });
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    passed: async (ms) => {
      await Promise.race([ended, delay(ms)]);
    },
    pauseOutput: () => void child.stdout.pause(),
    resumeOutput: () => void child.stdout.resume(),
    closeOutput: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    printed: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (Buffer.concat(stdout).includes(text)) resolve();
        };
        waiting.push(look);
        look();
      }),
    ended,
  };
}

/** Runs the plugin to its end. */
export function runPlugin(
  service: keyof typeof scripts,
  environment: Record<string, string>,
  contents?: string,
): Promise<PluginRun> {
  return startPlugin(service, environment, contents).ended;
}

/** What Rundeck gives the node executor for a command on a node of the local AWS; `more` comes on top. */
export function executorEnvironment(
  local: { endpoint: string; region: string },
  instanceId: string,
  command: string,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    ...nodeEnvironment(local, instanceId),
    RD_EXEC_COMMAND: command,
    ...more,
  };
}

/** The same for the file copier. */
export function copierEnvironment(
  local: { endpoint: string; region: string },
  instanceId: string,
  copy: { file: string; destination: string },
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    ...nodeEnvironment(local, instanceId),
    RD_FILE_COPY_FILE: copy.file,
    RD_FILE_COPY_DESTINATION: copy.destination,
    ...more,
  };
}

/** The same for the document step; `properties` are the step's own. */
export function stepEnvironment(
  local: { endpoint: string; region: string },
  instanceId: string,
  properties: Record<string, string>,
  more: Record<string, string> = {},
): Record<string, string> {
  const config = Object.entries(properties).map(([name, value]) => [
    variableName("CONFIG", name),
    value,
  ]);
  return {
    ...nodeEnvironment(local, instanceId),
    ...Object.fromEntries(config),
    ...more,
  };
}

function nodeEnvironment(
  { endpoint, region }: { endpoint: string; region: string },
  instanceId: string,
): Record<string, string> {
  return {
    RD_NODE_NAME: "web-1",
    RD_NODE_INSTANCEID: instanceId,
    RD_NODE_REGION: region,
    RD_RUNDECK_PROJECT: "shop",
    RD_JOB_EXECID: "42",
    RD_JOB_NAME: "deploy",
    RD_JOB_USERNAME: "ada",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "AKIALOCAL",
    AWS_SECRET_ACCESS_KEY: "local-secret",
    // no node of the cloud's is asked for credentials when a test takes them away
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
