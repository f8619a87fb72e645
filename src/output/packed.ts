import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Report } from "../command/runner/report.ts";
import { BridgeError } from "../kernel/errors.ts";

/** What SSM shows of a command: two texts. */
export type Reply = { stdout: string; stderr: string };

/** What the command wrote. */
export type Captured = { stdout: Buffer; stderr: Buffer };

type Ended = Extract<Report, { kind: "ended" }>;

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
  const bytes = inflate(report, Buffer.concat(pages));
  return verified(report, {
    stdout: bytes.subarray(0, report.stdoutBytes),
    stderr: bytes.subarray(report.stdoutBytes),
  });
}

function inflate(report: Ended, pack: Buffer): Buffer {
  const expected = report.stdoutBytes + report.stderrBytes;
  // a node without gzip sends the output as it is
  if (pack.length === expected && !isGzip(pack)) return pack;
  try {
    return gunzipSync(pack, { maxOutputLength: expected + 1 });
  } catch (cause) {
    if (pack.length === expected) return pack;
    throw incomplete("the packed output cannot be unpacked", cause);
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
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
