import { systemClock } from "../kernel/clock.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import { endingOfError, endingOfOutcome } from "./exit.ts";
import type { Ending } from "./exit.ts";
import { openLog } from "./log.ts";
import { listenForStop } from "./signals.ts";
import { openSink } from "./sinks.ts";
import type { Sink } from "./sinks.ts";

/** What an entry works with: the process, but narrow and testable. */
export type Shell = {
  clock: Clock;
  log: Log;
  stdout: Sink;
  stderr: Sink;
  /** Fires on TERM, INT, HUP, or when nobody reads our output any longer. */
  signal: AbortSignal;
  /** Rundeck's name of the node, for messages; empty until it is known. */
  nodeName: string;
};

/** Runs an entry to its end, and ends the process with its status and at most one line. Never a stack trace. */
export async function runProcess(
  process: NodeJS.Process,
  entry: (shell: Shell) => Promise<Ending>,
): Promise<void> {
  const { signal, stop } = listenForStop(process);
  const stderr = openSink(process.stderr, () => undefined);
  const stdout = openSink(process.stdout, () => stop("closed"));
  const say = (line: string) => void stderr.write(Buffer.from(line));
  const shell: Shell = {
    clock: systemClock(),
    log: openLog(say),
    stdout,
    stderr,
    signal,
    nodeName: "",
  };
  const ending = await entry(shell).catch((error: unknown) =>
    signal.aborted
      ? endingOfOutcome(
          { kind: "cancelled", by: "rundeck" },
          `node ${shell.nodeName}`,
          (name) => name,
        )
      : endingOfError(error, shell.nodeName),
  );
  if (ending.line !== undefined) await stderr.write(Buffer.from(ending.line));
  process.exitCode = ending.exitCode;
  // everything is written; a socket that somebody forgot must not keep Rundeck waiting
  setTimeout(() => process.exit(), 1_000).unref();
}
