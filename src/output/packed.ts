import { createHash } from "node:crypto";
import { inflatePack } from "../command/runner/pack.ts";
import type { Packing } from "../command/runner/pack.ts";
import type { Ended } from "../command/runner/report.ts";
import { BridgeError } from "../kernel/errors.ts";

/** What SSM shows of a command: two texts. */
export type Reply = { stdout: string; stderr: string };

/** What the command wrote. */
export type Captured = { stdout: Buffer; stderr: Buffer };

const stdoutPageBytes = 17_700;
const stderrPageBytes = 5_700;
const pageBytes = stdoutPageBytes + stderrPageBytes;

/** How many replies a packed output of this size takes, the first one included. */
export function countPages(packBytes: number): number {
  return Math.max(1, Math.ceil(packBytes / pageBytes));
}

/** A plain reply's bytes: the first of each stream. What follows is the runner's line, and the agent's own words. */
export function readPlain(report: Ended, reply: Reply): Captured {
  return verified(report, {
    stdout: Buffer.from(reply.stdout).subarray(0, report.stdoutBytes),
    stderr: Buffer.from(reply.stderr).subarray(0, report.stderrBytes),
  });
}

/** The first page of a packed output, from the runner's own reply: its base64 is the second line. */
export function readFirstPage(packBytes: number, reply: Reply): Buffer {
  const [, base64 = ""] = reply.stdout.split("\n", 2);
  return readPage(packBytes, 0, { stdout: base64, stderr: reply.stderr });
}

/** A further page, counted from 0. Whatever the agent has added behind it is left out by its size. */
export function readPage(
  packBytes: number,
  page: number,
  reply: Reply,
): Buffer {
  const left = Math.max(0, packBytes - page * pageBytes);
  const bytes = Buffer.concat([
    fromBase64(reply.stdout, Math.min(left, stdoutPageBytes)),
    fromBase64(
      reply.stderr,
      Math.min(Math.max(0, left - stdoutPageBytes), stderrPageBytes),
    ),
  ]);
  if (bytes.length === Math.min(left, pageBytes)) return bytes;
  throw incomplete(`page ${page + 1} of ${countPages(packBytes)} is damaged`);
}

/** All pages put together. Throws `output-incomplete` unless it is to the byte what the command wrote. */
export function unpack(report: Ended, pages: readonly Buffer[]): Captured {
  const bytes = inflate(Buffer.concat(pages), {
    maxBytes: report.stdoutBytes + report.stderrBytes + 1,
    isRaw: report.delivery.kind === "packed" && report.delivery.isRaw === true,
  });
  return verified(report, {
    stdout: bytes.subarray(0, report.stdoutBytes),
    stderr: bytes.subarray(report.stdoutBytes),
  });
}

function inflate(pack: Buffer, packing: Packing): Buffer {
  try {
    return inflatePack(pack, packing);
  } catch (cause) {
    // a full disk has not even room for the pack of nothing
    if (pack.length === 0) return pack;
    throw incomplete("the packed output cannot be unpacked", cause);
  }
}

function fromBase64(text: string, byteCount: number): Buffer {
  return Buffer.from(text.slice(0, Math.ceil(byteCount / 3) * 4), "base64");
}

function verified(report: Ended, captured: Captured): Captured {
  if (
    captured.stdout.length !== report.stdoutBytes ||
    captured.stderr.length !== report.stderrBytes
  ) {
    throw incomplete("fewer bytes arrived than the command wrote");
  }
  const hash = createHash("sha256")
    .update(captured.stdout)
    .update(captured.stderr);
  if (report.sha256 !== undefined && hash.digest("hex") !== report.sha256) {
    throw incomplete("its SHA-256 is not what the node computed");
  }
  return captured;
}

function incomplete(why: string, cause?: unknown): BridgeError {
  return new BridgeError(
    "output-incomplete",
    `the command's output did not arrive whole: ${why}`,
    cause === undefined ? {} : { cause },
  );
}

/** What a running command has written since the last poll, or that there will be no more by polling. */
export type News = { kind: "news"; captured: Captured } | { kind: "over" };

/** The answer of a poll; undefined if it isn't there (whole): ask again from the same offsets. */
export function readPoll(stdout: string, runId: string): News | undefined {
  const mark = `[rundeck-ssm ${runId} `;
  const [line = ""] = stdout.split("\n", 1);
  if (line === `${mark}over]`) return { kind: "over" };
  const match = /^out=(\d+) err=(\d+) (raw=1 )?([A-Za-z0-9+/=]*)\]$/.exec(
    line.startsWith(mark) ? line.slice(mark.length) : "",
  );
  if (!match) return undefined;
  const stdoutBytes = Number(match[1]);
  const expectedBytes = stdoutBytes + Number(match[2]);
  const bytes = inflate(Buffer.from(match[4] ?? "", "base64"), {
    maxBytes: expectedBytes + 1,
    isRaw: match[3] !== undefined,
  });
  if (bytes.length !== expectedBytes) return undefined;
  return {
    kind: "news",
    captured: {
      stdout: bytes.subarray(0, stdoutBytes),
      stderr: bytes.subarray(stdoutBytes),
    },
  };
}
