import type { Clock } from "../../kernel/clock.ts";

/** Whoever still waits for a command's end asks again within this time, whatever its pauses. */
export const unaskedMs = 15_000;
const lookMs = 1_000;
/** Whoever was killed has 13 s, and an answer that is lost on its way costs others 20: it is asked for anew, and then waited for longer. */
const urgentPatienceMs = 3_000;

/** Who needs a request's answer just now. */
export type Need = {
  isNeeded: () => boolean;
  /** Somebody needs it soon. */
  isUrgent: () => boolean;
};

/** What a request has to be told by, and to tell. */
export type Limits = {
  signal: AbortSignal;
  early: AbortSignal;
  onTurn: () => void;
};

/** Why a request left the queue. */
const unneeded = new Error("nobody waits for it any longer");
/** Why a request was given up. */
const silent = new Error("its answer is lost, or long in coming");

/**
 * Makes a request for whoever needs it, now or later. Where nobody does while it waits for its turn, `early` takes it out of the queue, so
 * that it costs nobody a turn: then the answer is undefined. Where AWS is silent and somebody is in a hurry it is made anew.
 */
export async function whileNeeded<T>(
  clock: Clock,
  need: Need,
  request: (limits: Limits) => Promise<T>,
): Promise<T | undefined> {
  for (let patienceMs = urgentPatienceMs; ; patienceMs *= 2) {
    const watched = watchOver(clock, need, patienceMs);
    try {
      return await request(watched.limits);
    } catch (error) {
      if (error === unneeded) return undefined;
      if (error !== silent) throw error;
    } finally {
      watched.end();
    }
  }
}

function watchOver(
  clock: Clock,
  { isNeeded, isUrgent }: Need,
  patienceMs: number,
): { limits: Limits; end(): void } {
  const leaving = new AbortController();
  const giving = new AbortController();
  const ended = new AbortController();
  // in the queue nobody can be silent yet
  let askedAtEpochMs = Infinity;
  const look = async () => {
    for (;;) {
      await clock.sleep(lookMs, ended.signal);
      if (ended.signal.aborted) return;
      if (!isNeeded()) leaving.abort(unneeded);
      else if (isUrgent() && clock.now() - askedAtEpochMs >= patienceMs)
        giving.abort(silent);
    }
  };
  void look();
  return {
    limits: {
      signal: giving.signal,
      early: leaving.signal,
      onTurn: () => {
        askedAtEpochMs = clock.now();
      },
    },
    end: () => ended.abort(),
  };
}
