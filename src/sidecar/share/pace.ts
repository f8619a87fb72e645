import { pollDelayMs } from "../../exec/backoff.ts";

/** Where somebody waits for an end that is due, or was asked for. */
const briskMs = 250;
/** A command whose kind takes no longer is not looked at before its end is near. */
const shortMs = 10_000;
/** A first look that comes earlier sees nothing. */
const earliestMs = 100;

/** What is known of a command when the next look at it is planned. */
export type Expectation = {
  /** The time since its send. */
  sinceSentMs: number;
  /** How long the same took the last time. */
  seenMs?: number;
  /** Somebody has asked for its end. */
  isHurried: boolean;
};

/**
 * The pause before the next look at a command that many wait for: the schedule of a single run or, where the same has run before, first at
 * 0.9 of that time, then often for as long as its end may be near.
 */
export function sharedPollDelayMs(
  { sinceSentMs, seenMs, isHurried }: Expectation,
  random: number,
): number {
  const usual = pollDelayMs(sinceSentMs, random);
  if (isHurried) return Math.min(usual, briskMs);
  if (seenMs === undefined) return usual;
  const dueInMs = Math.max(earliestMs, seenMs * 0.9) - sinceSentMs;
  if (dueInMs > 0)
    return seenMs <= shortMs ? dueInMs : Math.min(dueInMs, usual);
  const isNear = sinceSentMs < seenMs * 1.1 + 2_000;
  return isNear ? Math.min(usual, briskMs) : usual;
}

/** Looks at different commands fall on the same moments, so that they are made together. */
const tickMs = 50;

export function onTick(epochMs: number): number {
  return Math.ceil(epochMs / tickMs) * tickMs;
}
