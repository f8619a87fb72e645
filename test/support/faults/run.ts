import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** How a run of the plugin ended. */
export type Ended = {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
  ms: number;
  /** Since the first signal that we sent. */
  sinceSignalMs: number | undefined;
};

export type Running = {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** As Rundeck 5 does with a killed job. */
  closeOutput(): void;
  /** As a busy server does. */
  pauseOutput(): void;
  resumeOutput(): void;
  readonly hasEnded: boolean;
  ended: Promise<Ended>;
};

export type Start = {
  program: string;
  args: string[];
  environment: Record<string, string>;
  folder: string;
  /** What stdout is, where nobody reads it by a pipe. */
  stdout?: number;
};

/** Starts the plugin as Rundeck does: an environment of its own, nothing on stdin, two pipes. */
export function start(options: Start): Running {
  const startedAt = performance.now();
  let signalledAt: number | undefined;
  let hasEnded = false;
  const child: ChildProcess = spawn(options.program, options.args, {
    cwd: options.folder,
    env: options.environment,
    stdio: ["ignore", options.stdout ?? "pipe", "pipe"],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (bytes: Buffer) => stdout.push(bytes));
  child.stderr?.on("data", (bytes: Buffer) => stderr.push(bytes));
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", () => {
      hasEnded = true;
      resolve(performance.now());
    });
  });
  const closed = new Promise<void>((resolve) => child.on("close", resolve));
  const end = async (): Promise<Ended> => {
    const endedAt = await exited;
    // a process that outlives the plugin may hold its pipes: that shows as a process left
    await Promise.race([closed, delay(3_000, undefined, { ref: false })]);
    return {
      exitCode: child.exitCode,
      signal: child.signalCode,
      stdout: Buffer.concat(stdout),
      stderr: Buffer.concat(stderr).toString(),
      ms: endedAt - startedAt,
      sinceSignalMs:
        signalledAt === undefined ? undefined : endedAt - signalledAt,
    };
  };
  return {
    pid: child.pid ?? 0,
    kill: (signal) => {
      signalledAt ??= performance.now();
      child.kill(signal);
    },
    closeOutput: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    pauseOutput: () => void child.stdout?.pause(),
    resumeOutput: () => void child.stdout?.resume(),
    get hasEnded() {
      return hasEnded;
    },
    ended: end(),
  };
}

/** Waits for what happens in the middle of a run; gives up when the run has ended. */
export async function until(
  running: Running,
  condition: () => boolean,
): Promise<void> {
  while (!running.hasEnded && !condition()) await delay(5);
}
