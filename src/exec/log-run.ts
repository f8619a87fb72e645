import type { Ended, Report } from "../command/runner/report.ts";
import { readBare } from "../output/bare.ts";
import type { StreamName } from "../output/chunk.ts";
import type { StreamState } from "../output/cloudwatch.ts";
import { readBareText, readRunnerText } from "../output/log-text.ts";
import type { LogText } from "../output/log-text.ts";
import type { Reply } from "../output/packed.ts";
import { refused } from "./gather.ts";
import type { Run } from "./watch.ts";

/** A run whose output comes through CloudWatch Logs, and what has come of it. */
export type LogRun = Run & {
  texts: Readonly<Record<StreamName, LogText>>;
  /** Why reading each stopped. */
  streams: Record<StreamName, StreamState>;
  /** What SSM shows of the command, once it has ended. */
  reply?: Reply;
};

/** Who has told that the command has ended, and by that how much output there is. */
type End =
  | { kind: "untold" }
  /** The runner, by its last line. */
  | Report
  /** SSM, where there is no runner. */
  | { kind: "replied"; reply: Reply };

export function openLogRun(run: Run): LogRun {
  const { runner, runId } = run.plan;
  const texts =
    runner === "none"
      ? { stdout: readBareText("stdout"), stderr: readBareText("stderr") }
      : { stdout: readRunnerText(runId), stderr: readRunnerText(runId) };
  return {
    ...run,
    texts,
    streams: { stdout: { kind: "absent" }, stderr: { kind: "absent" } },
  };
}

/** The runner's last line comes on whichever stream shows it first: it is the same on both. */
function endOf({ texts, plan, reply }: LogRun): End {
  const report = texts.stdout.report() ?? texts.stderr.report();
  if (report) return report;
  return reply && plan.runner === "none"
    ? { kind: "replied", reply }
    : { kind: "untold" };
}

/** Whether all of a stream has been delivered. One stream's last line tells the size of the other, which may never exist. */
export function isComplete(run: LogRun, stream: StreamName): boolean {
  const end = endOf(run);
  switch (end.kind) {
    case "untold":
      return false;
    case "ended":
      return run.delivery.delivered[stream] >= sizeOf(end, stream);
    case "refused":
      return stream === "stdout" || run.texts.stderr.refusal() !== undefined;
    case "gone":
      return true;
    case "replied":
      return isHeld(run, stream, restByReply(run, stream, end.reply));
  }
}

function sizeOf(report: Ended, stream: StreamName): number {
  return stream === "stdout" ? report.stdoutBytes : report.stderrBytes;
}

/** Whether a bare command's stream lacks at most its last newline, of which nobody but SSM's reply knows whether it was there. */
export function isHeld(
  { texts }: LogRun,
  stream: StreamName,
  rest: Uint8Array | undefined,
): boolean {
  return rest !== undefined && rest.length <= texts[stream].rest().length;
}

/** What a bare command's reply has behind what has come of a stream; undefined where SSM has cut it, or shows another text. */
export function restByReply(
  { texts }: LogRun,
  stream: StreamName,
  reply: Reply,
): Uint8Array | undefined {
  const whole = readBare(reply);
  const nothing = texts[stream].textBytes() === 0;
  return nothing || !whole.cut
    ? texts[stream].restOf(whole[stream])
    : undefined;
}

/** The runner's account of the command, once it has come. Throws what the runner said instead of starting the command. */
export function accountOf(run: LogRun): Ended | undefined {
  const end = endOf(run);
  if (end.kind === "refused")
    throw refused(
      run.ports.subject,
      end.reason,
      run.texts.stderr.refusal() ?? run.texts.stderr.rest().toString(),
    );
  return end.kind === "ended" ? end : undefined;
}
