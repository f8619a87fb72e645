import { spawn } from "node:child_process";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { processesWith } from "../../test/host/rundeck/scenarios/processes.ts";
import { direct } from "../contenders.ts";
import type { Mode } from "./draw.ts";

/** A Rundeck server with a plugin folder of its own, by whose path its processes are found, and an AWS of its own. */
export type Server = {
  mode: Mode;
  contents: string;
  home: string;
  aws: LocalAws;
  /** The folder of the local AWS: everything on the nodes is below it. */
  awsFolder: string;
};

export type Ended = {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
};

export type Client = {
  pid: number;
  hasEnded: () => boolean;
  ended: Promise<Ended>;
};

/** Starts the executor as Rundeck does. */
export function startClient(
  { mode, contents, home, aws }: Server,
  request: { instanceId: string; command: string },
  more: Record<string, string>,
): Client {
  const { environment } = direct.start(request);
  const child = spawn("/bin/bash", [path.join(contents, "awsssmexecutor.sh")], {
    env: {
      ...environment,
      RD_PLUGIN_BASE: contents,
      RD_CONFIG_SSM_SIDECAR: mode,
      HOME: home,
      PATH: process.env["PATH"],
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: aws.region,
      AWS_ENDPOINT_URL: aws.endpoint,
      ...more,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = new Promise<Pick<Ended, "exitCode" | "signal">>(
    (resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode, signal) => resolve({ exitCode, signal }));
    },
  );
  const end = async (): Promise<Ended> => {
    const [status, stdout, stderr] = await Promise.all([
      closed,
      buffer(child.stdout),
      buffer(child.stderr),
    ]);
    return { ...status, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  return {
    pid: child.pid ?? 0,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    ended: end(),
  };
}

/** What runs on the server from the plugin's folder: its sidecars, and everything else. */
export async function findOurs({
  contents,
}: Server): Promise<{ sidecars: number[]; others: number[] }> {
  const all = await processesWith(contents);
  const isSidecar = ({ line }: { line: string }) =>
    line.includes("start.cjs sidecar");
  return {
    sidecars: all.filter(isSidecar).map(({ pid }) => pid),
    others: all.filter((it) => !isSidecar(it)).map(({ pid }) => pid),
  };
}
