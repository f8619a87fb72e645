import type { Ended, Report } from "../command/runner/report.ts";
import { BridgeError } from "../kernel/errors.ts";
import { readBare } from "../output/bare.ts";
import { openChecksum } from "../output/checksum.ts";
import type { Checksum } from "../output/checksum.ts";
import type { StreamName } from "../output/chunk.ts";
import type { LogEnd } from "../output/cloudwatch.ts";
import { readBareText, readRunnerText } from "../output/log-text.ts";
import type { LogText } from "../output/log-text.ts";
import type { Reply } from "../output/packed.ts";
import { refused } from "./gather.ts";
import type { Run } from "./watch.ts";

/** A run whose output comes through CloudWatch Logs, and what has come of it. */
export type LogRun = Run & {
  texts: Readonly<Record<StreamName, LogText>>;
  checksum: Checksum;
  progress: {
    /** What SSM shows of the command, once it has ended. */
    reply?: Reply;
    /** Why reading the streams stopped. */
    ends: readonly LogEnd[];
  };
};

export function openLogRun(run: Run): LogRun {
  const { runner, runId } = run.plan;
  const texts =
    runner === "none"
      ? { stdout: readBareText("stdout"), stderr: readBareText("stderr") }
      : { stdout: readRunnerText(runId), stderr: readRunnerText(runId) };
  return {
    ...run,
    texts,
    checksum: openChecksum(),
    progress: { ends: [] },
  };
}

/** Hands on the next bytes of a stream. */
export function deliver(
  run: LogRun,
  stream: StreamName,
  bytes: Uint8Array,
): Promise<void> {
  run.checksum.add(stream, bytes);
  return run.delivery.write(stream, bytes);
}

/** The runner's last line, from whichever stream has shown it: it is the same on both. */
export function reportOf({ texts }: LogRun): Report | undefined {
  return texts.stdout.report() ?? texts.stderr.report();
}

/** Whether all of a stream has been delivered. One stream's last line tells the size of the other, which may never exist. */
export function isComplete(run: LogRun, stream: StreamName): boolean {
  const report = reportOf(run);
  switch (report?.kind) {
    case "ended":
      return run.delivery.delivered[stream] >= sizeOf(report, stream);
    case "refused":
      return stream === "stdout" || run.texts.stderr.refusal() !== undefined;
    case "gone":
      return true;
    case undefined:
      return restByReply(run, stream) !== undefined;
  }
}

function sizeOf(report: Ended, stream: StreamName): number {
  return stream === "stdout" ? report.stdoutBytes : report.stderrBytes;
}

/**
 * What a bare command's reply has behind what was delivered (its last newline, or nothing), if SSM has not cut it and the rest is
 * the same; only then is it certain that all is here.
 */
export function restByReply(
  { plan, texts, delivery, progress: { reply } }: LogRun,
  stream: StreamName,
): Uint8Array | undefined {
  if (plan.runner !== "none" || !reply) return undefined;
  const whole = readBare(reply);
  const rest = whole[stream].subarray(delivery.delivered[stream]);
  const all = delivery.delivered[stream] + rest.length;
  const fits =
    all === whole[stream].length && rest.length <= texts[stream].rest().length;
  return fits && !whole.cut ? rest : undefined;
}

/** Throws what the runner said instead of starting the command. */
export function throwRefusal(run: LogRun): void {
  const report = reportOf(run);
  if (report?.kind === "refused")
    throw refused(
      run.plan.target,
      report.reason,
      run.texts.stderr.refusal() ?? run.texts.stderr.rest().toString(),
    );
}

/** Throws `output-incomplete` unless what was delivered is to the byte what the command wrote. */
export function verify(run: LogRun, report: Ended): void {
  const { stdout, stderr } = run.delivery.delivered;
  const sum = run.checksum.digest();
  const wrong =
    stdout !== report.stdoutBytes || stderr !== report.stderrBytes
      ? `${stdout} bytes of stdout and ${stderr} of stderr came, and the command wrote ${report.stdoutBytes} and ${report.stderrBytes}`
      : sum !== undefined &&
          report.sha256 !== undefined &&
          sum !== report.sha256
        ? "their SHA-256 is not what the node computed"
        : undefined;
  if (wrong !== undefined)
    throw new BridgeError(
      "output-incomplete",
      `${run.plan.target}: CloudWatch Logs and SSM do not give all of the command's output as it was: ${wrong}`,
    );
}
