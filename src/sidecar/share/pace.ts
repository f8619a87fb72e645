import { pollDelayMs } from "../../exec/backoff.ts";

/** Where somebody waits for an end that was asked for. */
const briskMs = 250;
/**
 * Where an end is due, and one waits or many do: sooner, and those who ended come back in groups so small that their requests are more than
 * this spares. Of what takes long it is not known so exactly when it ends: this share of the time that it took.
 */
const nearMs = 500;
const nearOfManyMs = 250;
const nearShare = 0.01;
/** From so many nodes on, a look that serves all of them may come sooner: a third of the pause, but for the shortest, in the first half minute. */
const many = 10;
const shareOfMany = 1 / 3;
const shortestOfManyMs = 400;
const hastyMs = 30_000;
/** A command whose kind takes no longer is not looked at before its end is near. */
const shortMs = 10_000;
/** A first look that comes earlier sees nothing. */
const earliestMs = 100;

/** What is known of a command when the next look at it is planned. */
export type Expectation = {
  /** The time since its send. */
  sinceSentMs: number;
  /** How long it took on the first node that has ended or, before that, the same the last time. */
  seenMs?: number;
  /** Somebody has asked for its end. */
  isHurried: boolean;
  /** How many nodes are waited for. */
  waiting: number;
};

/**
 * The pause before the next look at a command that many wait for: the schedule of a single run or, where the same has run before, first a
 * little before that time, then often for as long as its end may be near.
 */
export function sharedPollDelayMs(
  { sinceSentMs, seenMs, isHurried, waiting }: Expectation,
  random: number,
): number {
  const single = pollDelayMs(sinceSentMs, random);
  const areMany = waiting >= many;
  const usual =
    areMany && sinceSentMs <= hastyMs
      ? Math.max(single * shareOfMany, Math.min(single, shortestOfManyMs))
      : single;
  if (isHurried) return Math.min(usual, briskMs);
  if (seenMs === undefined) return usual;
  const firstMs = Math.max(seenMs * 0.9, seenMs - nearOfManyMs);
  const dueInMs = Math.max(earliestMs, firstMs) - sinceSentMs;
  if (dueInMs > 0)
    return seenMs <= shortMs ? dueInMs : Math.min(dueInMs, usual);
  const isNear = sinceSentMs < seenMs * 1.1 + 2_000;
  if (!isNear) return usual;
  const oftenMs = areMany ? nearOfManyMs : nearMs;
  return Math.min(usual, Math.max(oftenMs, seenMs * nearShare));
}

/**
 * How long a command took whose end a look has seen `seenMs` after the send: between that and the look before, which had not seen it. Absent:
 * there was none, so that it may have been over for long.
 */
export function estimateTookMs(
  seenMs: number,
  unendedMs: number | undefined,
): number {
  return unendedMs === undefined ? seenMs * 0.9 : (unendedMs + seenMs) / 2;
}

/** Looks at different commands fall on the same moments, so that they are made together. */
const tickMs = 50;

export function onTick(epochMs: number): number {
  return Math.ceil(epochMs / tickMs) * tickMs;
}
