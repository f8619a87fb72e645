import type { StreamName } from "../output/chunk.ts";

/**
 * What sidecar and client say to each other over one connection, a line or a block at a time. The client is bash, so every choice here is
 * one that bash can read exactly and cheaply: blocks without NUL, for `printf %b`.
 *
 * client → sidecar: `TOKEN PID KIND one|two` (whether its stdout and stderr end in one place), then `G` (go: from here on the run is the
 * sidecar's), `K` (killed), `R` (a block has been printed), `W FD` (could not be written to).
 * sidecar → client: `A TOKEN` (accepted) or `N`; then `o|e LENGTH TOTAL` + block, `T TRACE`, `H` (alive), `B SECONDS` (the same,
 * so long after a kill), `D` (do it yourself), `X CODE`.
 */

/** For each block that is more than a pipe is sure to take, a client starts a process (`print_apart`): few and large ones cost little. */
const blockBytes = 65_536;

const letters: Readonly<Record<StreamName, string>> = {
  stdout: "o",
  stderr: "e",
};

/**
 * Bytes as blocks. `total`: how many of the remote stream have been handed on with the last of them; each block says so for itself, so
 * that a client knows where another process has to go on.
 */
export function encodeBytes(
  stream: StreamName,
  bytes: Uint8Array,
  totalAfter: (bytesTaken: number) => number,
): Buffer[] {
  const frames: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const taken = fitting(bytes.subarray(from));
    const block = escape(bytes.subarray(from, from + taken));
    from += taken;
    const head = `${letters[stream]} ${block.length} ${totalAfter(from)}\n`;
    frames.push(Buffer.concat([Buffer.from(head), block]));
  }
  return frames;
}

const backslash = 0x5c;

/** How many bytes make a block when they are escaped. */
function fitting(bytes: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    size += sizeOf(bytes[i] ?? 0);
    if (size > blockBytes) return i;
  }
  return bytes.length;
}

function sizeOf(byte: number): number {
  if (byte === 0) return 5;
  return byte === backslash ? 2 : 1;
}

/** As `printf %b` reads it. */
function escape(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!text.includes(backslash) && !text.includes(0)) return text;
  const escaped = text
    .toString("latin1")
    .replaceAll("\\", "\\\\")
    .replaceAll("\0", "\\0000");
  return Buffer.from(escaped, "latin1");
}

export const alive = "H\n";
export const killedFor = (seconds: number) => `B ${seconds}\n`;
export const refusal = "N\n";
export const direct = "D\n";
export const acceptance = (token: string) => `A ${token}\n`;
export const traceFrame = (trace: string) => `T ${trace}\n`;
export const exitFrame = (exitCode: number) => `X ${exitCode}\n`;

/** What a connection is for. */
export type Greeting =
  | {
      kind: "exec" | "copy";
      token: string;
      pid: number;
      /** Its stdout and stderr end in one place, so that a line of ours may have to begin a new one for both. */
      hasOneOutput: boolean;
    }
  | { kind: "status"; token: string }
  | { kind: "stop"; token: string };

/** Undefined for whatever does not speak like a client of ours. */
export function parseGreeting(line: string): Greeting | undefined {
  const [token = "", pid = "", kind = "", outputs, ...more] = line.split(" ");
  if (token === "" || more.length > 0) return undefined;
  if (kind === "status" || kind === "stop")
    return outputs === undefined ? { kind, token } : undefined;
  if (kind !== "exec" && kind !== "copy") return undefined;
  if (outputs !== "one" && outputs !== "two") return undefined;
  return /^[1-9]\d{0,9}$/.test(pid)
    ? { kind, token, pid: Number(pid), hasOneOutput: outputs === "one" }
    : undefined;
}

/** What a client says of its run. */
export type Word =
  | { kind: "go" }
  | { kind: "killed" }
  /** The next block has been printed, or dropped. */
  | { kind: "taken" }
  /** Its stdout (1) or stderr (2) takes nothing any more; bash has said why before. */
  | { kind: "unwritable"; stream: StreamName }
  /** bash's own complaint of a write. */
  | { kind: "complaint"; reason: string };

export function parseWord(line: string): Word | undefined {
  switch (line) {
    case "G":
      return { kind: "go" };
    case "K":
      return { kind: "killed" };
    case "R":
      return { kind: "taken" };
    case "W 1":
      return { kind: "unwritable", stream: "stdout" };
    case "W 2":
      return { kind: "unwritable", stream: "stderr" };
    default: {
      const reason = /: write error: (.+)$/.exec(line)?.[1];
      return reason === undefined ? undefined : { kind: "complaint", reason };
    }
  }
}
