import { fstatSync } from "node:fs";
import type { Writable } from "node:stream";
import type { Sink } from "../output/sink.ts";

/** What a reader sees grow: two sinks that end in one place share it. */
export type Page = { isAtLineStart: boolean };

const newline = "\n".charCodeAt(0);

/** `onClosed` is called once when the reader goes away. */
export function openSink(
  stream: Writable,
  onClosed: () => void,
  page: Page = { isAtLineStart: true },
): Sink {
  let open = true;
  let failure: string | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!open) return;
    open = false;
    if (isReaderGone(error)) onClosed();
    else failure = error.code ?? error.name;
  });
  const write = (bytes: Uint8Array) => {
    if (!open || bytes.length === 0) return Promise.resolve();
    page.isAtLineStart = bytes.at(-1) === newline;
    return new Promise<void>((resolve) => {
      stream.write(bytes, () => resolve());
    });
  };
  return {
    isOpen: () => open,
    failure: () => failure,
    write,
    writeLine: (text) =>
      write(Buffer.from(page.isAtLineStart ? text : `\n${text}`)),
  };
}

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return (
    code === "EPIPE" ||
    code === "ECONNRESET" ||
    code === "ERR_STREAM_DESTROYED" ||
    code === "ERR_STREAM_WRITE_AFTER_END"
  );
}

/** The pages of stdout and stderr: one for both where they are one terminal, file or pipe, as with `2>&1`. */
export function openPages(): { stdout: Page; stderr: Page } {
  const stderr = { isAtLineStart: true };
  const stdout = isSameFile(1, 2) ? stderr : { isAtLineStart: true };
  return { stdout, stderr };
}

function isSameFile(one: number, other: number): boolean {
  try {
    const [a, b] = [fstatSync(one), fstatSync(other)];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    // one of them is closed
    return false;
  }
}
