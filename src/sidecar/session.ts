import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { killLimitMs } from "../exec/signals.ts";
import type { StreamName } from "../output/chunk.ts";
import type { Sink } from "../output/sink.ts";
import { openBlocks, write } from "./blocks.ts";
import type { Blocks } from "./blocks.ts";
import * as frames from "./frames.ts";

/** One execution's client, as a run sees it. */
export type Client = {
  stdout: Sink;
  stderr: Sink;
  /** Fires when Rundeck has killed the job, or nobody reads its output any longer. */
  signal: AbortSignal;
  /** Whether it waits for the end. One that was killed by -9 does not. */
  isThere: () => boolean;
  /** Tells the client by what another process could go on with the run. Resolves when it is on its way: it outlives us. */
  trace: (word: string) => Promise<void>;
};

/** What an execution is asked to do, and its end: a status, or that the client has to do it in a process of its own. Nothing was sent then. */
export type Work = (client: Client) => Promise<number | "direct">;

/** A client hears from us at least so often; after a kill it soon takes silence for the end. */
const heartbeatMs = 10_000;

/**
 * Serves a client that has said go, which may have one output for both streams: runs `work`, and gives it the end. When the connection
 * breaks the client is gone, killed by -9: the run is killed, too.
 */
export async function serveClient(
  socket: Socket,
  listen: (onLine: (line: string) => void) => void,
  hasOneOutput: boolean,
  work: Work,
): Promise<void> {
  const ending = new AbortController();
  const stop = (reason: "killed" | "closed") => ending.abort(reason);
  const beat = () => void socket.write(frames.alive);
  let heartbeat = setInterval(beat, heartbeatMs);
  const gone = () => {
    clearInterval(heartbeat);
    stop("closed");
  };
  socket.once("close", gone);
  const page = newPage();
  const blocks = openBlocks(socket);
  const stdout = openStream(blocks, "stdout", page);
  const stderr = openStream(blocks, "stderr", hasOneOutput ? page : newPage());
  let complaint = "";
  let hasEnded = false;
  listen((line) => {
    const word = frames.parseWord(line);
    switch (word?.kind) {
      case "taken":
        blocks.taken();
        break;
      case "complaint":
        complaint = word.reason;
        break;
      case "unwritable":
        (word.stream === "stdout" ? stdout : stderr).fail(complaint);
        if (isReaderGone(complaint)) stop("closed");
        break;
      case "killed":
        // the client wants to know at once that somebody is there
        beat();
        clearInterval(heartbeat);
        if (!socket.destroyed && !hasEnded) heartbeat = countSeconds(socket);
        stop("killed");
        break;
      case "go":
      case undefined:
        break;
    }
  });
  const end = await work({
    stdout,
    stderr,
    signal: ending.signal,
    isThere: () => !socket.destroyed,
    trace: (word) => write(socket, frames.traceFrame(word)),
  });
  hasEnded = true;
  clearInterval(heartbeat);
  await handOver(blocks, ending.signal);
  // from here on it goes as it should, and nothing is left to be killed
  socket.off("close", gone);
  socket.end(end === "direct" ? frames.direct : frames.exitFrame(end));
}

/** After a kill: the client, which has no clock, hears how long ago that was. */
function countSeconds(socket: Socket): NodeJS.Timeout {
  let seconds = 0;
  return setInterval(
    () => void socket.write(frames.killedFor((seconds += 1))),
    1_000,
  );
}

/** After a kill a reader gets what it takes, but one that takes nothing is not waited for; a client drops by itself what its reader leaves. */
const stalledMs = 5_000;

async function handOver(blocks: Blocks, signal: AbortSignal): Promise<void> {
  await Promise.race([blocks.allTaken(), outOfPatience(signal, blocks)]);
  blocks.giveUp();
}

async function outOfPatience(
  signal: AbortSignal,
  blocks: Blocks,
): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) =>
      signal.addEventListener("abort", resolve, { once: true }),
    );
  const limit = delay(killLimitMs);
  await Promise.race([blocks.stalled(stalledMs), limit]);
}

type Page = { isAtLineStart: boolean };

const newPage = (): Page => ({ isAtLineStart: true });

/** A stream of the client's. What is no remote output, a line of ours, does not count in its total. */
function openStream(
  blocks: Blocks,
  stream: StreamName,
  page: Page,
): Sink & { fail(complaint: string): void } {
  let total = 0;
  let failure: string | undefined;
  let isGone = false;
  const isOpen = () => !isGone && failure === undefined && blocks.isOpen();
  const send = async (bytes: Uint8Array, kind: "output" | "line") => {
    if (!isOpen() || bytes.length === 0) return;
    page.isAtLineStart = bytes.at(-1) === 0x0a;
    const before = total;
    const counts = kind === "output";
    if (counts) total += bytes.length;
    const frame = frames.encodeBytes(stream, bytes, (taken) =>
      counts ? before + taken : total,
    );
    await (counts ? blocks.send(frame) : blocks.sendLine(frame));
  };
  return {
    write: (bytes) => send(bytes, "output"),
    writeLine: (text) =>
      send(Buffer.from(page.isAtLineStart ? text : `\n${text}`), "line"),
    failure: () => failure,
    isOpen,
    fail: (complaint) => {
      if (isReaderGone(complaint)) isGone = true;
      else failure = nameOf(complaint);
    },
  };
}

function isReaderGone(complaint: string): boolean {
  return (
    complaint === "Broken pipe" || complaint === "Connection reset by peer"
  );
}

/** Node's names for what bash says in the C locale. Source: strerror(3), errno(3). */
const names: Readonly<Record<string, string>> = {
  "No space left on device": "ENOSPC",
  "Disk quota exceeded": "EDQUOT",
  "Input/output error": "EIO",
  "File too large": "EFBIG",
  "Bad file descriptor": "EBADF",
};

function nameOf(complaint: string): string {
  return names[complaint] ?? (complaint || "a write error");
}
