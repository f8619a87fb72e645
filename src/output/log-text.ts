import { createHash } from "node:crypto";
import type { Report } from "../command/runner/report.ts";
import { readStream } from "../command/runner/stream.ts";
import { failureSentence } from "./bare.ts";
import type { StreamName } from "./chunk.ts";

/** Turns the events of one CloudWatch stream into the bytes that the command wrote to it. */
export type LogText = {
  /** The bytes that an event completes. */
  push(message: string): Buffer;
  /** Text from the same stream that came by another way: what follows the first `textBytes` of it. */
  pushText(text: string): Buffer;
  /** How much of the stream's text has been read: where to go on in what the agent itself keeps of it. */
  textBytes(): number;
  /** What of the stream's whole text has not been read; undefined where what has been read is certainly no beginning of it. */
  restOf(whole: Buffer): Buffer | undefined;
  /** What is held back because more could have followed. */
  rest(): Buffer;
  /** The runner's last line, once it has come. */
  report(): Report | undefined;
  /** The runner's sentence about a command that it refused: no output of the command's. */
  refusal(): string | undefined;
};

const none = Buffer.alloc(0);
const sentenceStart = "rundeck-ssm: ";

/** The stream of a command under the live runner. */
export function readRunnerText(runId: string): LogText {
  const reader = readStream(runId);
  let textBytes = 0;
  let owed = "";
  let begun = false;
  let held = none;
  let refusal: string | undefined;

  /** A refusal says why before its last line, in words that are not the command's: the first line waits if it may be one. */
  const hold = (bytes: Buffer): Buffer => {
    if (begun) return bytes;
    held = Buffer.concat([held, bytes]);
    if (reader.report()?.kind === "refused") {
      refusal = held.toString();
      held = none;
    } else if (!reader.report() && mayBeSentence(held)) return none;
    begun = held.length > 0;
    return held;
  };
  const pushText = (text: string): Buffer => {
    owed = "";
    textBytes += Buffer.byteLength(text);
    return hold(reader.push(text));
  };
  return {
    push: (message) => {
      const next = newlineAfter(message, runId);
      const bytes = pushText(`${owed}${message}${next.now}`);
      owed = next.later;
      return bytes;
    },
    pushText,
    textBytes: () => textBytes,
    // the runner's account has a checksum of all
    restOf: (whole) => whole.subarray(textBytes),
    rest: () => (begun ? none : held),
    report: () => reader.report(),
    refusal: () => refusal,
  };
}

/**
 * An event that the agent made after the end has lost its last newline, if it had one: a command that was killed can leave
 * half a line. The runner's own lines are whole, and the last of them has nothing behind it.
 */
function newlineAfter(
  message: string,
  runId: string,
): { now: "\n" | ""; later: "\n" | "" } {
  if (message.endsWith("\n")) return { now: "", later: "" };
  const line = message.slice(message.lastIndexOf("\n") + 1);
  return line.startsWith(`[rundeck-ssm ${runId} `) && line.endsWith("]")
    ? { now: "\n", later: "" }
    : { now: "", later: "\n" };
}

function mayBeSentence(bytes: Buffer): boolean {
  const start = bytes.subarray(0, sentenceStart.length).toString();
  const newline = bytes.indexOf(10);
  const isFirstLine = newline < 0 || newline === bytes.length - 1;
  return isFirstLine && sentenceStart.startsWith(start);
}

/** An event that is as long as the agent makes them was cut, so the next one goes on in the same line. Source: agent 3.3. */
const cutEventBytes = 199_990;

/**
 * The stream of a bare command. Events that the agent makes after the command's end have lost their last newline, so one is
 * put back before whatever follows; whether the last event of all had one is unknown, and held back.
 */
export function readBareText(stream: StreamName): LogText {
  const sum = createHash("sha256");
  let textBytes = 0;
  let owed = none;
  const push = (message: string): Buffer => {
    const text =
      stream === "stdout" || message.endsWith("\n")
        ? message
        : message.replace(failureSentence, "");
    const bytes = Buffer.concat([owed, Buffer.from(text)]);
    const isOpen =
      text === message &&
      !message.endsWith("\n") &&
      Buffer.byteLength(message) < cutEventBytes;
    owed = isOpen ? Buffer.from("\n") : none;
    sum.update(bytes);
    textBytes += bytes.length;
    return bytes;
  };
  return {
    push,
    pushText: push,
    textBytes: () => textBytes,
    restOf: (whole) => {
      const begin = createHash("sha256").update(whole.subarray(0, textBytes));
      const isSame = begin.digest("hex") === sum.copy().digest("hex");
      return isSame ? whole.subarray(textBytes) : undefined;
    },
    rest: () => owed,
    report: () => undefined,
    refusal: () => undefined,
  };
}
