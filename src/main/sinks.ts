import type { Writable } from "node:stream";

/** Where bytes for Rundeck go. A write resolves when the reader has taken it, so a slow reader slows us instead of losing lines. */
export type Sink = {
  write(bytes: Uint8Array): Promise<void>;
  /** False once the reader has gone (Rundeck 5 closes the pipes of a killed job); writes then do nothing. */
  isOpen(): boolean;
};

/** `onClosed` is called once when the reader goes away. */
export function openSink(stream: Writable, onClosed: () => void): Sink {
  let open = true;
  stream.on("error", () => {
    if (!open) return;
    open = false;
    onClosed();
  });
  return {
    isOpen: () => open,
    write: (bytes) =>
      !open || bytes.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => stream.write(bytes, () => resolve())),
  };
}
