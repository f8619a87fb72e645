import { BridgeError } from "../../kernel/errors.ts";
import { inflatePack } from "./pack.ts";
import { parseReportBody } from "./report.ts";
import type { Report } from "./report.ts";

/** Turns the text of one CloudWatch stream of a `live` run, piece by piece, into the bytes that the command wrote. */
export type StreamReader = {
  /**
   * The bytes that this piece completes; at most one line of the runner's own is held back. Throws `output-incomplete` where one of them
   * is damaged.
   */
  push(text: string): Buffer;
  /** The runner's last line, once it has come. What follows it is the agent's and is dropped. */
  report(): Report | undefined;
};

/** Live runs send what CloudWatch would not keep (CRLF as LF, after a line `[rundeck-ssm RUN crlf]`, until one with `lf`) as `[rundeck-ssm RUN base64]`, or `[rundeck-ssm RUN raw=1 base64]` where a node has no gzip, up to 60,000 bytes a line. */
const maxPackedBytes = 60_000;
const rawMark = "raw=1 ";

export function readStream(runId: string): StreamReader {
  const mark = `[rundeck-ssm ${runId} `;
  let held = "";
  let atLineStart = true;
  let lineEnd = "\n";
  let report: Report | undefined;

  /** Takes the runner's own line that `text` begins with; answers how long it is. */
  const takeLine = (text: string, bytes: Buffer[]): number => {
    const end = text.indexOf("\n") + 1;
    const body = text.slice(mark.length, text.lastIndexOf("]", end));
    if (body === "crlf" || body === "lf") {
      lineEnd = body === "crlf" ? "\r\n" : "\n";
      return end;
    }
    report = parseReportBody(body);
    if (!report) bytes.push(readPackedLine(body));
    return end;
  };

  /** Takes the command's own text up to the next line of the runner's; answers how long it is. */
  const takeText = (text: string, bytes: Buffer[]): number => {
    const next = text.indexOf(`\n${mark}`) + 1;
    const end = next > 0 ? next : text.length - tailLength(text, mark);
    bytes.push(Buffer.from(text.slice(0, end).replaceAll("\n", lineEnd)));
    atLineStart = text[end - 1] === "\n";
    return end;
  };

  return {
    report: () => report,
    push: (text) => {
      const bytes: Buffer[] = [];
      let rest = `${held}${text}`;
      while (rest !== "") {
        if (report) break;
        const own = atLineStart && mark.startsWith(rest.slice(0, mark.length));
        if (own && !rest.includes("\n")) break;
        const taken =
          own && rest.startsWith(mark)
            ? takeLine(rest, bytes)
            : takeText(rest, bytes);
        rest = rest.slice(taken);
      }
      held = rest;
      return Buffer.concat(bytes);
    },
  };
}

/** How much of the end of `text` could be the beginning of a line of the runner's. */
function tailLength(text: string, mark: string): number {
  const tail = text.slice(text.lastIndexOf("\n") + 1);
  return tail.length < text.length &&
    mark.startsWith(tail.slice(0, mark.length))
    ? tail.length
    : 0;
}

function readPackedLine(body: string): Buffer {
  const isRaw = body.startsWith(rawMark);
  const base64 = isRaw ? body.slice(rawMark.length) : body;
  const pack = Buffer.from(base64, "base64");
  try {
    return inflatePack(pack, { maxBytes: maxPackedBytes, isRaw });
  } catch (cause) {
    throw new BridgeError(
      "output-incomplete",
      "the command's output did not arrive whole: a packed line of it is damaged",
      { cause },
    );
  }
}
