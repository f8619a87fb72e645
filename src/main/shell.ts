import type { Clock } from "../kernel/clock.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import {
  endingOfCut,
  endingOfError,
  endingOfOutcome,
  endingOfOutput,
} from "./exit.ts";
import type { Ending, Unwritten } from "./exit.ts";
import { DirectWanted } from "../sidecar/direct.ts";
import type { OpenServices } from "../services/services.ts";
import type { Sink } from "../output/sink.ts";
import { unlessAborted } from "../output/unless-aborted.ts";

/** What an entry works with: a process, or one client of several, but narrow and testable. */
export type Shell = {
  clock: Clock;
  environment: NodeJS.ProcessEnv;
  log: Log;
  stdout: Sink;
  stderr: Sink;
  /** Fires on TERM, INT, HUP, or when nobody reads our output any longer. */
  signal: AbortSignal;
  /** Fires a while after it, and ends what a kill does not interrupt: cleaning up. */
  last: AbortSignal;
  openServices: OpenServices;
  /** Rundeck's name of the node, for messages; empty until it is known. */
  nodeName: string;
  /** Remote output was for stderr: a failure there is not of our own lines alone. */
  hasErrors?: boolean;
  /** A kill has come while remote output was on its way to a reader. */
  isCut?: boolean;
  /**
   * Tells whoever would go on with the run, should this process die, what is needed for it: one word of `[A-Za-z0-9_.:-]`, which
   * takes the last one's place. Resolves when it can't be lost any more. Absent where nobody would: then it is not worth keeping.
   */
  trace?: (word: string) => Promise<void>;
  /** The run of a process that died, which is gone on with. */
  resume?: Resume;
};

/** The last word that it told, and how much of the remote output it has handed on. */
export type Resume = {
  trace: string;
  stdoutBytes: number;
  stderrBytes: number;
};

/** Where remote output goes. A reader that takes nothing slows us, but holds up no kill. */
export function outputOf(shell: Shell) {
  const { stdout, stderr, signal } = shell;
  return async (
    stream: "stdout" | "stderr",
    bytes: Uint8Array,
  ): Promise<void> => {
    if (stream === "stderr" && bytes.length > 0) shell.hasErrors = true;
    const writing = (stream === "stdout" ? stdout : stderr).write(bytes);
    const isTaken = await unlessAborted(writing, signal);
    // whoever has closed it wants no more, which is nobody's kill
    if (!isTaken && signal.reason === "killed") shell.isCut = true;
  };
}

/** One execution, from its environment to its ending. */
export type Entry = (shell: Shell) => Promise<Ending>;

/**
 * Runs an entry to its end, and writes its at most one line. Answers the exit status. Never a stack trace.
 * Throws `DirectWanted` where nothing has been done, and a process of its own is needed.
 */
export async function runEntry(entry: Entry, shell: Shell): Promise<number> {
  const { signal, stderr } = shell;
  const ending = await entry(shell).catch((error: unknown) => {
    if (error instanceof DirectWanted) throw error;
    return signal.aborted && !isToldKill(error)
      ? endingOfOutcome(
          {
            kind: "killed",
            command: shell.resume ? "unconfirmed" : "never-began",
          },
          nodeAlone(shell.nodeName),
        )
      : endingOfError(error, shell.nodeName);
  });
  const whole = shell.isCut ? endingOfCut(ending, shell.nodeName) : ending;
  const told = endingOfOutput(whole, unwrittenOf(shell), shell.nodeName);
  if (told.line !== undefined) void stderr.writeLine(told.line);
  return told.exitCode;
}

/** What the reader of a stream has not got, for whatever reason but that it has gone. */
function unwrittenOf({
  stdout,
  stderr,
  hasErrors,
}: Shell): Unwritten | undefined {
  const [ofStdout, ofStderr] = [stdout.failure(), stderr.failure()];
  if (ofStdout !== undefined) return { stream: "stdout", why: ofStdout };
  return hasErrors && ofStderr !== undefined
    ? { stream: "stderr", why: ofStderr }
    : undefined;
}

/** What a line names before there are settings. */
function nodeAlone(nodeName: string): Subject {
  return {
    target: `node ${nodeName}`,
    setting: (name) => name,
    state: (name) => name,
  };
}

/** A kill of which more is known than that it came: a send that nobody answered may have had its effect. */
function isToldKill(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "cancelled";
}
