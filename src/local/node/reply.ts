import { decodeGo, goJsonLength } from "./go-text.ts";
import { nameOfStep } from "./message.ts";
import type { SkippedStep, UnresolvedStep } from "./message.ts";
import type { ScriptEnd } from "./script.ts";

/** What an agent answers about one plugin of a command. */
export type PluginReply = {
  name: string;
  status: "Success" | "Failed" | "TimedOut" | "Cancelled" | "Skipped";
  statusDetails: string;
  responseCode: number;
  stdout: string;
  stderr: string;
  /** Both streams in one field, at most 2,500 bytes. */
  output: string;
  startedAtMs: number;
  finishedAtMs: number;
};

export type Verdict = Pick<
  PluginReply,
  "status" | "statusDetails" | "responseCode"
> & {
  /** What the agent adds to stderr, without a newline before it. */
  stderrSuffix: string;
};

/**
 * Exit code that the agent takes as "reboot, then run me again". On Windows it is 3010, of which this machine sees the last
 * byte: the same number. (So a script that ends with 194 there reboots here, which Windows itself would not do.)
 */
export const rebootExitCode = 194;

const truncation = { limit: 24_000, marker: "--output truncated--" };
const combinedLimit = 2_500;
const replyLimit = 120_000;
/** The agent's judgement of how a script ended. Source: SSM agent 3.3, observed. */
export function judge(end: ScriptEnd): Verdict {
  switch (end.kind) {
    case "exited":
      return judgeExit(end.exitCode);
    case "signalled":
      return failed(-1, goSignalName(end.signal));
    case "not-started":
      return failed(1, end.reason);
    case "timed-out":
      return verdict("TimedOut", "ExecutionTimedOut", 137);
    case "cancelled":
      return verdict("Cancelled", "Cancelled", end.responseCode);
  }
}

function judgeExit(exitCode: number): Verdict {
  const sentence = `exit status ${exitCode}`;
  switch (exitCode) {
    case 0:
      return verdict("Success", "Success", 0);
    case 137:
      return verdict("TimedOut", "ExecutionTimedOut", 137);
    case 168:
      return {
        ...failed(168, sentence),
        status: "Success",
        statusDetails: "Success",
      };
    default:
      return failed(exitCode, sentence);
  }
}

function failed(responseCode: number, reason: string): Verdict {
  return {
    ...verdict("Failed", "Failed", responseCode),
    stderrSuffix: `failed to run commands: ${reason}`,
  };
}

function verdict(
  status: Verdict["status"],
  statusDetails: string,
  responseCode: number,
): Verdict {
  return {
    status,
    statusDetails,
    responseCode,
    stderrSuffix: "",
  };
}

/** Go's names of signals, which the agent repeats. */
function goSignalName(signal: string): string {
  const names: Record<string, string> = {
    SIGABRT: "aborted",
    SIGBUS: "bus error",
    SIGFPE: "floating point exception",
    SIGHUP: "hangup",
    SIGILL: "illegal instruction",
    SIGINT: "interrupt",
    SIGKILL: "killed",
    SIGPIPE: "broken pipe",
    SIGQUIT: "quit",
    SIGSEGV: "segmentation fault",
    SIGTERM: "terminated",
    SIGALRM: "alarm clock",
    SIGTRAP: "trace/breakpoint trap",
  };
  return `signal: ${names[signal] ?? signal}`;
}

/**
 * What a reply says instead where a code steers the document: 168 takes stderr away and adds a sentence to stdout, 169 adds one to
 * both. The streams of CloudWatch and S3 are not touched. Source: SSM agent 3.3, its plugin runner.
 */
export function addSteering(
  responseCode: number,
  streams: { stdout: string; stderr: string },
): { stdout: string; stderr: string } {
  const sentence = (as: string) =>
    `\nStep exited with code ${responseCode}. Therefore, marking step as ${as}. Further document steps will be skipped.`;
  switch (responseCode) {
    case 168:
      return {
        stdout: append(streams.stdout, sentence("succeeded")),
        stderr: "",
      };
    case 169: {
      const words = sentence("Failed");
      return {
        stdout: append(streams.stdout, words),
        stderr: append(streams.stderr, words),
      };
    }
    default:
      return streams;
  }
}

function append(stream: string, words: string): string {
  return truncateStream(Buffer.from(stream + words));
}

/** How much of a stream's beginning is needed to build a reply: one byte more would change nothing. */
export const replyHeadBytes = truncation.limit;

/** A stream as the reply carries it: 24,000 bytes or more become the first 23,980 and a marker. */
export function truncateStream(head: Buffer): string {
  return decodeGo(cutStream(head));
}

function cutStream(head: Buffer): Buffer {
  if (head.length < truncation.limit) return head;
  return Buffer.concat([
    head.subarray(0, truncation.limit - truncation.marker.length),
    Buffer.from(truncation.marker),
  ]);
}

/** Both streams in one field, as the agent shortens them to 2,500 bytes. */
export function combineStreams(stdoutHead: Buffer, stderrHead: Buffer): string {
  const stdout = cutStream(stdoutHead);
  const stderr = cutStream(stderrHead);
  const title = stderr.length > 0 ? "\n----------ERROR-------\n" : "";
  const outMark = "\n---Output truncated---";
  const errMark = "\n---Error truncated----";
  const room = combinedLimit - title.length;
  if (stdout.length + stderr.length < room)
    return join([stdout, title, stderr]);
  if (stdout.length > room / 2 && stderr.length > room / 2) {
    const half = Math.floor((room - outMark.length - errMark.length) / 2);
    return join([
      firstBytes(stdout, half),
      outMark,
      title,
      firstBytes(stderr, half),
      errMark,
    ]);
  }
  if (stdout.length < room / 2) {
    const left = room - errMark.length - stdout.length;
    return join([stdout, title, firstBytes(stderr, left), errMark]);
  }
  const left = room - outMark.length - stderr.length;
  return join([firstBytes(stdout, left), outMark, title, stderr]);
}

function firstBytes(bytes: Buffer, length: number): Buffer {
  return bytes.subarray(0, Math.max(0, length));
}

function join(parts: (Buffer | string)[]): string {
  return decodeGo(Buffer.concat(parts.map((part) => Buffer.from(part))));
}

/** Whether the agent's reply gets through: a document over 120,000 bytes of JSON is dropped and never sent again. */
export function replyArrives(plugins: readonly PluginReply[]): boolean {
  const bytes = plugins.reduce(
    (sum, { stdout, stderr, output, name }) =>
      sum +
      goJsonLength(stdout) +
      goJsonLength(stderr) +
      goJsonLength(output) +
      goJsonLength(name) +
      pluginOverhead,
    documentOverhead,
  );
  return bytes <= replyLimit;
}

/** The keys, dates and codes around the text, roughly: they move the limit by less than a percent. */
const pluginOverhead = 300;
const documentOverhead = 400;

/** The answer about a step that nothing was run for. */
export function replyWithoutRun(
  step: SkippedStep | UnresolvedStep,
  nowMs: number,
): PluginReply {
  const common = {
    name: nameOfStep(step),
    stdout: "",
    startedAtMs: nowMs,
    finishedAtMs: nowMs,
  };
  if (step.kind === "skipped")
    return {
      ...common,
      status: "Skipped",
      statusDetails: "Skipped",
      responseCode: 0,
      stderr: "",
      output: step.reason ?? "",
    };
  const stderr = `Parameter ${step.parameter} not found.`;
  return {
    ...common,
    status: "Failed",
    statusDetails: "Failed",
    responseCode: -1,
    stderr,
    output: stderr,
  };
}
