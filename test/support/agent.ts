import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  constants as fileConstants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Socket } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";

/** The simulated node's id. */
export const instanceId = "i-00000000000000001";

/** The shells that `sh` is on nodes: Debian and Ubuntu, Amazon Linux and Red Hat, Alpine. */
export type NodeShell = "dash" | "bash" | "busybox";

/** A simulated node: how the SSM agent starts a script there, and nothing else of it (ssm-agent facts 1 to 4). */
export type Node = {
  env: Record<string, string>;
  /** The first folder of its PATH. */
  bin: string;
  /** The node's own TMPDIR. */
  temporary: string;
  /** Starts a script as the agent does. */
  start(script: string): Script;
  run(script: string): Promise<Ended>;
  /** What is left in TMPDIR. */
  leftovers(): string[];
};

export type Script = {
  commandId: string;
  pid: number;
  /** What has come so far, as it came. */
  chunks: { stdout: readonly Buffer[]; stderr: readonly Buffer[] };
  /** When the first byte of stdout has come. */
  firstByte: Promise<void>;
  /** When the script has ended and nobody holds its pipes. */
  ended: Promise<Ended>;
  /** What the agent does to a cancelled command: SIGKILL to its process group. */
  cancel(): void;
};

export type Ended = { stdout: Buffer; stderr: Buffer; exitCode: number };

const systemPath =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Where a shell's program is; undefined if this machine has none. */
export function findShell(shell: NodeShell): string | undefined {
  return systemPath
    .split(":")
    .map((folder) => join(folder, shell))
    .find((path) => existsSync(path));
}

/**
 * A node with one shell as its `sh`. A bare one has only what busybox brings, like Alpine: no iconv, no bash; and
 * not even what it is told to be without.
 * `atEnd` is told how to remove it: `afterAll`, or a test's `onTestFinished`.
 */
export function openNode(
  shell: NodeShell,
  atEnd: (remove: () => void) => void,
  programs: { bareWithout: readonly string[] } | { path: string } = {
    path: systemPath,
  },
): Node {
  const home = mkdtempSync(join(tmpdir(), "node-"));
  const temporary = join(home, "tmp");
  const bin = join(home, "bin");
  mkdirSync(temporary);
  mkdirSync(bin);
  const program = findShell(shell) ?? "/bin/sh";
  if (shell === "busybox") spawnSync(program, ["--install", "-s", bin]);
  else symlinkSync(program, join(bin, "sh"));
  if ("bareWithout" in programs) {
    programs.bareWithout.forEach((name) =>
      rmSync(join(bin, name), { force: true }),
    );
  }
  const env = {
    PATH: "bareWithout" in programs ? bin : `${bin}:${programs.path}`,
    LANG: "C.UTF-8",
    TMPDIR: temporary,
    AWS_SSM_INSTANCE_ID: instanceId,
  };
  atEnd(() => rmSync(home, { recursive: true, force: true }));
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
    bin,
    temporary,
    start,
    run: (script) => start(script).ended,
    leftovers: () => readdirSync(temporary),
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
  const started = startPiped(folder, ["sh", "-c", path], {
    cwd: "/usr/bin",
    env: { ...env, SSM_COMMAND_ID: commandId },
  });
  const ended = started.ended.then((done) => {
    // the agent keeps them beside the script
    writeFileSync(join(folder, "stdout"), done.stdout);
    writeFileSync(join(folder, "stderr"), done.stderr);
    return done;
  });
  return { commandId, ...started, ended };
}

/**
 * Starts a program in a process group of its own, with stdin from /dev/null and two real pipes: what Node itself gives
 * a child are sockets, which it could not open by name.
 */
export function startPiped(
  folder: string,
  argv: readonly [string, ...string[]],
  options: { cwd: string; env: Record<string, string> },
): Omit<Script, "commandId"> {
  const paths = [join(folder, "pipe1"), join(folder, "pipe2")] as const;
  spawnSync("mkfifo", paths);
  const [stdout, stderr] = [openPipe(paths[0]), openPipe(paths[1])];
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    ...options,
    detached: true,
    stdio: ["ignore", stdout.writeFd, stderr.writeFd],
  });
  closeSync(stdout.writeFd);
  closeSync(stderr.writeFd);
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]),
    );
  });
  return {
    pid: child.pid ?? 0,
    chunks: { stdout: stdout.chunks, stderr: stderr.chunks },
    firstByte: stdout.first,
    cancel: () => process.kill(-(child.pid ?? 0), "SIGKILL"),
    ended: Promise.all([exited, stdout.whole, stderr.whole]).then(
      ([exitCode, out, err]) => ({ exitCode, stdout: out, stderr: err }),
    ),
  };
}

function openPipe(path: string) {
  const { O_RDONLY, O_NONBLOCK, O_WRONLY } = fileConstants;
  const readFd = openSync(path, O_RDONLY | O_NONBLOCK);
  const writeFd = openSync(path, O_WRONLY);
  rmSync(path);
  const socket = new Socket({ fd: readFd, readable: true, writable: false });
  const chunks: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("end", () => resolve(Buffer.concat(chunks)));
  });
  const first = new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
  });
  return { writeFd, chunks, whole, first };
}

/** What SSM shows of it: cut, with the agent's own words (facts 7, 10, 12). Throws where the reply would be dropped (13). */
export function toReply(ended: Ended): { stdout: string; stderr: string } {
  const failure =
    ended.exitCode === 0
      ? ""
      : `failed to run commands: exit status ${String(ended.exitCode)}`;
  const reply = {
    stdout: truncate(ended.stdout),
    stderr: truncate(Buffer.concat([ended.stderr, Buffer.from(failure)])),
  };
  const json = JSON.stringify(reply).replaceAll(
    /[<>&\u2028\u2029]/g,
    "\\u0000",
  );
  if (Buffer.byteLength(json) + 5_000 > 120_000) {
    throw new Error("the agent drops a reply as large as that");
  }
  return { stdout: reply.stdout, stderr: reply.stderr.slice(0, 8_000) };
}

function truncate(bytes: Buffer): string {
  return bytes.length < 24_000
    ? bytes.toString()
    : `${bytes.subarray(0, 23_980).toString()}--output truncated--`;
}
