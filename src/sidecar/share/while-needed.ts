import type { Clock } from "../../kernel/clock.ts";

/** Whoever still waits for a command's end asks again within this time, whatever its pauses. */
export const unaskedMs = 15_000;
const lookMs = 3_000;

/** Why a request left the queue. */
const unneeded = new Error("nobody waits for it any longer");

/**
 * Makes a request for whoever needs it, now or later. Where nobody does while it waits for its turn, `early` takes it out of the queue, so
 * that it costs nobody a turn: then the answer is undefined.
 */
export async function whileNeeded<T>(
  clock: Clock,
  isNeeded: () => boolean,
  request: (early: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const leaving = new AbortController();
  const ended = new AbortController();
  const look = async () => {
    for (;;) {
      await clock.sleep(lookMs, ended.signal);
      if (ended.signal.aborted) return;
      if (!isNeeded()) return leaving.abort(unneeded);
    }
  };
  void look();
  try {
    return await request(leaving.signal);
  } catch (error) {
    if (error === unneeded) return undefined;
    throw error;
  } finally {
    ended.abort();
  }
}
