import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The shells that `sh` is on nodes: Debian and Ubuntu, Amazon Linux and Red Hat, Alpine. */
export type NodeShell = "dash" | "bash" | "busybox";

/** A simulated node: how the SSM agent starts a script there, and nothing else of it (ssm-agent facts 1 to 4). */
export type Node = {
  env: Record<string, string>;
  /** The node's own TMPDIR. */
  temporary: string;
  /** Starts a script as the agent does. */
  start(script: string): Script;
  run(script: string): Promise<Ended>;
  /** What is left in TMPDIR. */
  leftovers(): string[];
  remove(): void;
};

export type Script = {
  commandId: string;
  process: ChildProcess;
  /** When the script has ended and nobody holds its pipes. */
  ended: Promise<Ended>;
  /** What the agent does to a cancelled command: SIGKILL to its process group. */
  cancel(): void;
};

export type Ended = { stdout: Buffer; stderr: Buffer; exitCode: number };

const programs = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Where a shell's program is; undefined if this machine has none. */
export function findShell(shell: NodeShell): string | undefined {
  return programs
    .split(":")
    .map((folder) => join(folder, shell))
    .find((path) => existsSync(path));
}

export function openNode(shell: NodeShell): Node {
  const home = mkdtempSync(join(tmpdir(), "node-"));
  const temporary = join(home, "tmp");
  const bin = join(home, "bin");
  mkdirSync(temporary);
  mkdirSync(bin);
  const program = findShell(shell) ?? "/bin/sh";
  if (shell === "busybox") spawnSync(program, ["--install", "-s", bin]);
  else symlinkSync(program, join(bin, "sh"));
  const env = {
    PATH: `${bin}:${programs}`,
    LANG: "C.UTF-8",
    TMPDIR: temporary,
    AWS_SSM_INSTANCE_ID: "i-00000000000000001",
  };
  let count = 0;
  const start = (script: string) =>
    startScript(
      home,
      env,
      `c0ffee00-0000-4000-8000-${String(++count)}`,
      script,
    );
  return {
    env,
    temporary,
    start,
    run: (script) => start(script).ended,
    leftovers: () => readdirSync(temporary),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

function startScript(
  home: string,
  env: Record<string, string>,
  commandId: string,
  script: string,
): Script {
  const folder = join(
    home,
    "orchestration",
    commandId,
    "awsrunShellScript/0.awsrunShellScript",
  );
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "_script.sh");
  writeFileSync(path, `${script}\n`, { mode: 0o700 });
  const process = spawn("sh", ["-c", path], {
    cwd: "/usr/bin",
    detached: true,
    env: { ...env, SSM_COMMAND_ID: commandId },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const cancel = () => {
    if (process.pid !== undefined)
      globalThis.process.kill(-process.pid, "SIGKILL");
  };
  return { commandId, process, cancel, ended: collect(process, folder) };
}

async function collect(child: ChildProcess, folder: string): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 137));
  });
  const ended = {
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr),
    exitCode,
  };
  // the agent keeps them beside the script
  writeFileSync(join(folder, "stdout"), ended.stdout);
  writeFileSync(join(folder, "stderr"), ended.stderr);
  return ended;
}
