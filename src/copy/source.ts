import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { BridgeError } from "../kernel/errors.ts";

/** A local file that is to be copied. */
export type Source = AsyncDisposable & {
  /** Its own name, without folders. */
  name: string;
  bytes: number;
  /** Fills `into` from the file's next bytes; answers how many there were, less than asked for only at its end. */
  read(into: Buffer): Promise<number>;
};

/** Throws `transfer-failed` for what is no file, or can't be read. */
export async function openSource(
  file: string,
  target: string,
): Promise<Source> {
  const handle = await open(file, "r").catch((error: unknown) => {
    throw unreadable(file, target, error);
  });
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new BridgeError(
      "transfer-failed",
      `${target}: ${file} is no regular file, so it can't be copied`,
    );
  }
  return {
    name: path.basename(file),
    bytes: stats.size,
    read: (into) =>
      fill(handle, into).catch((error: unknown) => {
        throw unreadable(file, target, error);
      }),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** The whole of a small file. Throws `transfer-failed` if its size has changed since it was opened. */
export async function readWhole(
  source: Source,
  target: string,
): Promise<Buffer> {
  const content = Buffer.alloc(source.bytes);
  const count = await source.read(content);
  if (count !== source.bytes) throw changed(source, target);
  return content;
}

/** The error for a file that is written to while it is copied. */
export function changed({ name }: Source, target: string): BridgeError {
  return new BridgeError(
    "transfer-failed",
    `${target}: ${name} has changed while it was copied; copy it again when nobody writes to it`,
  );
}

async function fill(handle: FileHandle, into: Buffer): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function unreadable(file: string, target: string, error: unknown): BridgeError {
  const code: unknown =
    error instanceof Error ? Reflect.get(error, "code") : undefined;
  return new BridgeError(
    "transfer-failed",
    `${target}: can't read ${file} on the Rundeck server (${typeof code === "string" ? code : "unknown error"})`,
    { cause: error },
  );
}
