/** Where bytes for Rundeck go. A write resolves when the reader has taken it, so a slow reader slows us instead of losing lines. */
export type Sink = {
  write(bytes: Uint8Array): Promise<void>;
  /** Writes a line of our own, `text` with its newline, on a line of its own whatever was written before. */
  writeLine(text: string): Promise<void>;
  /** Why bytes did not arrive, where it was not that the reader has gone: ENOSPC of a full disk. */
  failure(): string | undefined;
  /** False once the reader has gone (Rundeck 5 closes the pipes of a killed job); writes then do nothing. */
  isOpen(): boolean;
};
