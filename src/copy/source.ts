import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { BridgeError } from "../kernel/errors.ts";
import { holdsNoUtf8 } from "./destination.ts";

/** A local file that is to be copied. */
export type Source = AsyncDisposable & {
  bytes: number;
  /**
   * Fills `into` from this place in the file on. Throws `transfer-failed` if that can't be read, or if the file has changed
   * since it was opened.
   */
  read(into: Buffer, at: number): Promise<void>;
};

/** With a pipe's other end, which may never be opened, open(2) would wait in one of the few threads that all runs share. */
const atOnce = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Throws `transfer-failed` for what is no file, or can't be read; `setting-missing` or `setting-invalid` where nobody can tell
 * which file is meant.
 */
export async function openSource(
  file: string,
  target: string,
): Promise<Source> {
  if (file === "")
    throw new BridgeError(
      "setting-missing",
      `${target}: there is no file to copy`,
    );
  if (holdsNoUtf8(file))
    throw new BridgeError(
      "setting-invalid",
      `${target}: the file ${JSON.stringify(file)} holds what is no UTF-8 (or U+FFFD, which stands for that) in its path, so it can't be told from others; rename it`,
    );
  const fail = (problem: string, cause?: unknown) =>
    new BridgeError(
      "transfer-failed",
      `${target}: ${problem}`,
      cause === undefined ? {} : { cause },
    );
  const failToRead = (error: unknown) => {
    throw fail(
      `can't read ${file} on the Rundeck server (${codeOf(error)})`,
      error,
    );
  };
  const handle = await open(file, atOnce).catch(failToRead);
  const opened = await stateOf(handle);
  if (!opened.isFile) {
    await handle.close();
    throw fail(`${file} is no regular file, so it can't be copied`);
  }
  return {
    bytes: opened.bytes,
    read: async (into, at) => {
      const isWhole = await holdsExactly(handle, {
        into,
        at,
        bytes: opened.bytes,
      }).catch(failToRead);
      const now = await stateOf(handle).catch(failToRead);
      if (now.bytes !== opened.bytes || now.mtimeNs !== opened.mtimeNs)
        throw fail(
          `${file} has changed while it was copied; copy it again when nobody writes to it`,
        );
      if (!isWhole)
        throw fail(
          `${file} holds more or less than the ${opened.bytes} bytes that its size says, as files in /proc and /sys do; copy it to another file first`,
        );
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** The whole of a small file. */
export async function readWhole(source: Source): Promise<Buffer> {
  const content = Buffer.alloc(source.bytes);
  await source.read(content, 0);
  return content;
}

/** What changes when somebody writes to it. */
async function stateOf(handle: FileHandle) {
  const stats = await handle.stat({ bigint: true });
  return {
    isFile: stats.isFile(),
    bytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
  };
}

/** Whether there was as much to fill `into`, and, if that is the last of so many bytes, no more. */
async function holdsExactly(
  handle: FileHandle,
  { into, at, bytes }: { into: Buffer; at: number; bytes: number },
): Promise<boolean> {
  if ((await fill(handle, into, at)) < into.length) return false;
  if (at + into.length < bytes) return true;
  return (await fill(handle, Buffer.alloc(1), bytes)) === 0;
}

async function fill(
  handle: FileHandle,
  into: Buffer,
  at: number,
): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const left = into.length - filled;
    const { bytesRead } = await handle.read(into, filled, left, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function codeOf(error: unknown): string {
  const code: unknown =
    error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "unknown error";
}
