import type { Clock } from "../kernel/clock.ts";

/** What nobody uses is closed after so long. */
const unusedMs = 5 * 60_000;

/** Things that are opened for a key when they are first needed, and shared by all who use them. */
export type Pool<T> = {
  /** `release` is to be called once. */
  use(key: string, open: () => T): { opened: T; release: () => void };
  values(): Iterable<T>;
  size(): number;
  /** Closes all, used or not. */
  close(): void;
};

export function openPool<T>(clock: Clock, close: (opened: T) => void): Pool<T> {
  type Entry = { opened: T; users: number; unusedSinceEpochMs: number };
  const entries = new Map<string, Entry>();
  let isSweeping = false;
  const drop = (key: string, { opened }: Entry) => {
    entries.delete(key);
    close(opened);
  };
  const sweep = () => {
    const since = clock.now() - unusedMs;
    for (const [key, entry] of entries)
      if (entry.users === 0 && entry.unusedSinceEpochMs <= since)
        drop(key, entry);
  };
  /** One timer for all: in five minutes thousands may come and go. */
  const sweepLater = () => {
    if (isSweeping || entries.size === 0) return;
    isSweeping = true;
    clock.deadline(unusedMs).addEventListener("abort", () => {
      isSweeping = false;
      sweep();
      sweepLater();
    });
  };
  return {
    use: (key, open) => {
      const entry = entries.get(key) ?? {
        opened: open(),
        users: 0,
        unusedSinceEpochMs: 0,
      };
      entries.set(key, entry);
      entry.users += 1;
      const release = () => {
        entry.users -= 1;
        entry.unusedSinceEpochMs = clock.now();
        sweepLater();
      };
      return { opened: entry.opened, release };
    },
    values: () => [...entries.values()].map(({ opened }) => opened),
    size: () => entries.size,
    close: () => {
      for (const [key, entry] of entries) drop(key, entry);
    },
  };
}
