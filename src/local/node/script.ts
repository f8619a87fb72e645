import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { kill, umask } from "node:process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalClock } from "../clock.ts";
import type { Pipe, Pipes } from "./fifos.ts";

/** How a script ended, before the agent makes a status of it. */
export type ScriptEnd =
  | { kind: "exited"; exitCode: number }
  | { kind: "signalled"; signal: string }
  | { kind: "not-started"; reason: string }
  | { kind: "timed-out" }
  /** 137 if it was running, 1 if it had not begun. */
  | { kind: "cancelled"; responseCode: 137 | 1 };

export type ScriptRequest = {
  /** Absolute path of what runs. */
  program: string;
  /** From the program's own name on: `sh -c <path>`. */
  args: string[];
  cwd: string;
  env: Record<string, string>;
  stdoutFile: string;
  stderrFile: string;
  timeoutMs: number;
  /** Aborts when somebody cancels the command. */
  cancel: AbortSignal;
};

export type ScriptTools = { pipes: Pipes; clock: LocalClock };

/** Runs a script as the agent does: a process group of its own, umask 0022, no input, pipes whose content goes to files. */
export async function runScript(
  request: ScriptRequest,
  { pipes, clock }: ScriptTools,
): Promise<ScriptEnd> {
  const stdout = await pipes.open();
  const stderr = await pipes.open();
  // here, not before the pipes: an abort that comes while they are made reaches nobody who begins to listen below
  if (request.cancel.aborted) {
    for (const pipe of [stdout, stderr]) closePipe(pipe);
    return { kind: "cancelled", responseCode: 1 };
  }
  const child = spawnScript(request, stdout, stderr);
  const copying = Promise.all([
    copyTo(stdout.reader, request.stdoutFile),
    copyTo(stderr.reader, request.stderrFile),
  ]);
  const ended = endOf(child);
  const completed = Promise.all([ended, copying]).then(([end]) => end);
  const stopped = stopOf(request, clock);

  const end = await Promise.race([completed, stopped.promise]);
  stopped.forget();
  if (end.kind === "timed-out" || end.kind === "cancelled") {
    killGroup(child);
    await ended;
    // Whatever left the group may hold the pipes for ever; what is in them by now is kept.
    await Promise.race([copying, delay(50, undefined, { ref: false })]);
    stdout.reader.destroy();
    stderr.reader.destroy();
    await copying;
  }
  return end;
}

function closePipe(pipe: Pipe): void {
  pipe.closeWriter();
  pipe.reader.destroy();
}

function spawnScript(
  request: ScriptRequest,
  stdout: Pipe,
  stderr: Pipe,
): ChildProcess {
  const [argv0 = "", ...args] = request.args;
  const previous = umask(0o022);
  try {
    return spawn(request.program, args, {
      argv0,
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: ["ignore", stdout.writerFd, stderr.writerFd],
    });
  } finally {
    umask(previous);
    stdout.closeWriter();
    stderr.closeWriter();
  }
}

/** Copies until the last writer has closed the pipe, or until we give up reading it. */
function copyTo(reader: Readable, file: string): Promise<void> {
  return pipeline(reader, createWriteStream(file, { mode: 0o600 })).catch(
    () => undefined,
  );
}

function endOf(child: ChildProcess): Promise<ScriptEnd> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ kind: "not-started", reason: startFailure(error) }),
    );
    child.once("exit", (exitCode, signal) =>
      resolve(
        signal === null
          ? { kind: "exited", exitCode: exitCode ?? 0 }
          : { kind: "signalled", signal },
      ),
    );
  });
}

function startFailure(error: NodeJS.ErrnoException): string {
  return `fork/exec ${error.path ?? ""}: ${error.code === "ENOENT" ? "no such file or directory" : (error.code ?? error.message)}`;
}

/** Resolves when the script has to be stopped from outside; `forget` when it has ended by itself. */
function stopOf(
  { timeoutMs, cancel }: ScriptRequest,
  clock: LocalClock,
): { promise: Promise<ScriptEnd>; forget(): void } {
  const over = new AbortController();
  const promise = new Promise<ScriptEnd>((resolve) => {
    const forgetTimer = clock.after(timeoutMs, () =>
      resolve({ kind: "timed-out" }),
    );
    over.signal.addEventListener("abort", forgetTimer, { once: true });
    cancel.addEventListener(
      "abort",
      () => resolve({ kind: "cancelled", responseCode: 137 }),
      { once: true, signal: over.signal },
    );
  });
  return { promise, forget: () => over.abort() };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, "SIGKILL");
  } catch {
    // The group ended by itself a moment before.
  }
}
