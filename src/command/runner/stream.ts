import { inflatePack } from "./pack.ts";
import { parseReportBody } from "./report.ts";
import type { Report } from "./report.ts";

/** Turns the text of one CloudWatch stream of a `live` run, piece by piece, into the bytes that the command wrote. */
export type StreamReader = {
  /** The bytes that this piece completes; at most one line of the runner's own is held back. */
  push(text: string): Buffer;
  /** The runner's last line, once it has come. What follows it is the agent's and is dropped. */
  report(): Report | undefined;
};

/**
 * An event's text as it was in the stream: an event that was built after the script's end has lost its last newline.
 * It holds because in a live run no line is longer than an event can be, and none is blank where the agent may split.
 */
export function readEvent(message: string): string {
  return message.endsWith("\n") ? message : `${message}\n`;
}

/** Live runs send what CloudWatch would not keep as `[rundeck-ssm RUN base64]`, up to 60,000 bytes a line. */
const maxPackedBytes = 60_000;

export function readStream(runId: string): StreamReader {
  const mark = `[rundeck-ssm ${runId} `;
  let held = "";
  let atLineStart = true;
  let report: Report | undefined;

  /** Takes one line, or what there is of it; undefined: its rest has to come first. */
  const readLine = (line: string): Buffer | undefined => {
    const whole = line.endsWith("\n");
    if (!atLineStart || !line.startsWith(mark.slice(0, line.length))) {
      atLineStart = whole;
      return Buffer.from(line);
    }
    if (!whole) return undefined;
    if (!line.startsWith(mark)) return Buffer.from(line);
    const body = line.slice(mark.length, line.lastIndexOf("]"));
    report = parseReportBody(body);
    return report ? Buffer.alloc(0) : readPackedLine(body);
  };

  return {
    report: () => report,
    push: (text) => {
      const bytes: Buffer[] = [];
      const lines = `${held}${text}`.split(/(?<=\n)/);
      held = "";
      for (const line of lines) {
        if (report) break;
        const read = line === "" ? Buffer.alloc(0) : readLine(line);
        if (read) bytes.push(read);
        else held = line;
      }
      return Buffer.concat(bytes);
    },
  };
}

function readPackedLine(base64: string): Buffer {
  return inflatePack(Buffer.from(base64, "base64"), maxPackedBytes);
}
