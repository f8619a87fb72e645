import { writeSync } from "node:fs";
import { homedir } from "node:os";
import { endChildren } from "../aws/children.ts";
import { systemClock } from "../kernel/clock.ts";
import { openLog } from "./log.ts";
import { openServices } from "../services/services.ts";
import { takeHandover } from "./handover.ts";
import type { Handover } from "./handover.ts";
import { delaySignal, killLimitMs } from "../exec/signals.ts";
import { runEntry } from "./shell.ts";
import type { Entry, Shell } from "./shell.ts";
import { listenForStop } from "./signals.ts";
import { openPages, openSink } from "./sinks.ts";

/** Runs an entry to its end, and ends the process with its status and at most one line. Never a stack trace. */
export async function runProcess(
  process: NodeJS.Process,
  entry: Entry,
): Promise<void> {
  const { signal, stop } = listenForStop(process);
  const { handover, entry: own } = receive(process.env, entry);
  const { killedMsAgo = 0, listens, unended = [] } = handover;
  const pages = openPages();
  for (const stream of unended) pages[stream].isAtLineStart = false;
  const stderr = openSink(process.stderr, () => undefined, pages.stderr);
  const stdout = openSink(process.stdout, () => stop("closed"), pages.stdout);
  settleProcess(process);
  const clock = systemClock();
  if (listens !== undefined) tell(listens, () => stop("closed"));
  if (handover.killedMsAgo !== undefined) stop("killed");
  const leftMs = Math.max(0, killLimitMs - killedMsAgo);
  const shell: Shell = {
    clock,
    environment: process.env,
    log: openLog((line) => void stderr.writeLine(line)),
    stdout,
    stderr,
    signal,
    last: delaySignal({ clock }, signal, leftMs),
    openServices,
    nodeName: "",
    ...(handover.resume ? { resume: handover.resume } : {}),
  };
  process.exitCode = await runEntry(own, shell);
  endChildren(process.pid);
  // everything is written; a socket that somebody forgot must not keep Rundeck waiting
  setTimeout(() => process.exit(), 1_000).unref();
}

/** What the SDK does to its process is nobody's business. */
export function settleProcess(process: NodeJS.Process): void {
  silence(console);
  settleHome(process.env);
}

/** The client may have been killed by -9 meanwhile. */
function tell(descriptor: number, onGone: () => void): void {
  try {
    writeSync(descriptor, "\n");
  } catch {
    onGone();
  }
}

/** What is to be gone on with. Where that can't be read the entry says so, and nothing else happens. */
function receive(
  environment: NodeJS.ProcessEnv,
  entry: Entry,
): { handover: Handover; entry: Entry } {
  try {
    return { handover: takeHandover(environment), entry };
  } catch (error) {
    return { handover: {}, entry: () => Promise.reject(error) };
  }
}

/** The SDK looks for its files in a home; for a user that no file names, as containers have, Node finds none and throws. */
function settleHome(environment: NodeJS.ProcessEnv): void {
  try {
    homedir();
  } catch {
    environment["HOME"] = "/nonexistent";
  }
}

const nothing = () => undefined;

/** What the SDK has to say to its programmer is nobody's output. */
function silence(talker: Console): void {
  Object.assign(talker, { log: nothing, info: nothing, warn: nothing });
  Object.assign(talker, { error: nothing, debug: nothing, trace: nothing });
}
