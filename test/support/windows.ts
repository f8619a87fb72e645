import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { RunnerRequest } from "../../src/command/runner/request.ts";
import type { Ended } from "./agent.ts";
import { request } from "./runner.ts";

/** A program that runs Windows' PowerShell: on Windows itself powershell.exe. */
const program = process.env["RUNDECK_SSM_POWERSHELL"];

export const hasWindows = program !== undefined;

if (!hasWindows)
  console.log(
    "RUNDECK_SSM_POWERSHELL names no program that runs Windows' PowerShell: what needs one is skipped",
  );

/** As the SSM agent starts a script. Source: agent 3.3, appconfig for Windows. */
const agentArguments =
  "-InputFormat None -Noninteractive -NoProfile -ExecutionPolicy unrestricted -f _script.ps1".split(
    " ",
  );

export type WindowsScript = {
  /** What has come so far. */
  chunks: { stdout: readonly Buffer[]; stderr: readonly Buffer[] };
  ended: Promise<Ended>;
  /** What the agent does to a cancelled command. */
  cancel(): void;
};

/** Starts a text on Windows as the agent does: a file with a BOM, no input, two pipes. */
export function startOnWindows(
  text: string,
  env: Record<string, string> = {},
): WindowsScript {
  const folder = mkdtempSync(join(tmpdir(), "windows-"));
  writeFileSync(join(folder, "_script.ps1"), `\uFEFF${text}\n`);
  const child = spawn(program ?? "powershell.exe", agentArguments, {
    cwd: folder,
    env: {
      ...process.env,
      AWS_SSM_INSTANCE_ID: "i-00000000000000001",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32",
  });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on("data", (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.stderr.push(chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      resolve({
        exitCode: code ?? 128 + constants.signals[signal ?? "SIGKILL"],
        stdout: Buffer.concat(chunks.stdout),
        stderr: Buffer.concat(chunks.stderr),
      });
    });
  });
  return {
    chunks,
    ended,
    cancel: () => {
      if (child.pid === undefined) return;
      if (process.platform === "win32") child.kill("SIGKILL");
      else process.kill(-child.pid, "SIGKILL");
    },
  };
}

export function runOnWindows(
  text: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  return startOnWindows(text, env).ended;
}

/** A request for a node of Windows. All use one drive, and what one test leaves must not be another's. */
export function windowsRequest(
  command: string,
  more: Partial<RunnerRequest> = {},
): RunnerRequest {
  return request(command, {
    platform: "windows",
    runId: randomBytes(12).toString("hex"),
    ...more,
  });
}
