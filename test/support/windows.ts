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

/**
 * That program, by a name of its own in `folder`, for nodes whose commands leave nothing that holds their output: to wait for who holds it
 * takes one more PowerShell for each script, where Windows is not this machine itself.
 */
export function quickPowerShell(folder: string): string {
  if (program === undefined || process.platform === "win32")
    return program ?? "";
  const file = join(folder, "powershell");
  const text = `#!/bin/sh\nunset RUNDECK_SSM_HANDLES\nexec '${program}' "$@"\n`;
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

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

/** Starts a text on Windows as the agent does: a file with a BOM, no input, two pipes. `beside` it are further scripts, 0.ps1 and so on. */
export function startOnWindows(
  text: string,
  env: Record<string, string> = {},
  beside: readonly string[] = [],
): WindowsScript {
  const folder = mkdtempSync(join(tmpdir(), "windows-"));
  const write = (name: string, script: string) =>
    writeFileSync(join(folder, `${name}.ps1`), `\uFEFF${script}\n`);
  write("_script", text);
  for (const [index, script] of beside.entries()) write(`${index}`, script);
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

/**
 * Runs texts one after the other in one PowerShell, whose start takes longer than most of them: where what they do is looked
 * at, and not how they are started. Each is a script of its own, with its own exit code and output. What one changes for the
 * whole process, such as an environment variable, is changed for those behind it.
 */
export async function runAllOnWindows(
  texts: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended[]> {
  const mark = `=== ${randomBytes(12).toString("hex")}`;
  const script = texts.map(
    (_, index) => `$global:LASTEXITCODE = 0
& "$PSScriptRoot\\${index}.ps1"
foreach ($stream in [Console]::Out, [Console]::Error) { $stream.WriteLine("${mark} $LASTEXITCODE ") }`,
  );
  const { ended } = startOnWindows(script.join("\n"), env, texts);
  const { stdout, stderr } = await ended;
  const [outs, errs] = [split(stdout, mark), split(stderr, mark)];
  return texts.map((_, index) => {
    const [out, err] = [outs[index], errs[index]];
    if (out === undefined || err === undefined)
      throw new Error(
        `script ${index + 1} of ${texts.length} ended PowerShell: ${stderr.toString()}`,
      );
    return { exitCode: out.exitCode, stdout: out.bytes, stderr: err.bytes };
  });
}

/** What was written before each mark, and the exit code behind it. */
function split(
  output: Buffer,
  mark: string,
): { bytes: Buffer; exitCode: number }[] {
  // one character for each byte
  const parts = output.toString("latin1").split(`${mark} `);
  return parts.slice(1).map((part, index) => {
    const before = parts[index] ?? "";
    return {
      exitCode: Number.parseInt(part, 10),
      // behind a mark is the rest of its line
      bytes: Buffer.from(
        index === 0 ? before : before.slice(before.indexOf("\n") + 1),
        "latin1",
      ),
    };
  });
}

type Waiting = {
  text: string;
  resolve: (ended: Ended) => void;
  reject: (error: unknown) => void;
};
const waiting: Waiting[] = [];
let isBusy = false;

/** The same for tests that run side by side: what they ask for while a PowerShell of this file runs is run by its next one. */
export function runTogether(text: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    waiting.push({ text, resolve, reject });
    if (!isBusy) void runWaiting();
  });
}

async function runWaiting(): Promise<void> {
  isBusy = true;
  while (waiting.length > 0) {
    const group = waiting.splice(0);
    try {
      const ended = await runAllOnWindows(group.map(({ text }) => text));
      for (const [index, one] of ended.entries()) group[index]?.resolve(one);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
  isBusy = false;
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
