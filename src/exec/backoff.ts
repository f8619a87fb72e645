/**
 * How long to wait, as pure functions of time and chance. `random` is uniform in [0, 1).
 * The schedule keeps to two promises: at most 14 AWS calls in a run's first 10 s and 80 in its first 5 minutes, and an end
 * is noticed within 5 s, sooner for short commands.
 */

const firstPollMs = 250;
const shortestPollMs = 370;
const longestPollMs = 4_850;
/** Beyond the first seconds a pause is this share of the time gone by, less what node, AWS and our own end add to it. */
const pollShare = 0.3;
const otherLagMs = 220;

/** The pause before the next look at a command that was sent `sinceSentMs` ago. */
export function pollDelayMs(sinceSentMs: number, random: number): number {
  if (sinceSentMs < firstPollMs / 2) return spread(firstPollMs, random);
  const share = sinceSentMs * pollShare - otherLagMs;
  const pause = Math.max(shortestPollMs, share);
  return spread(Math.min(pause, longestPollMs), random);
}

/** The pause before the next look at something that takes a fraction of a second: a page of output, a cancel. */
export function briskDelayMs(attempt: number, random: number): number {
  return spread(Math.min(80 * 1.4 ** attempt, 1_000), random);
}

/** A little apart from its neighbours, which Rundeck started in the same instant. */
function spread(ms: number, random: number): number {
  return ms * (0.95 + 0.05 * random);
}

/** Full jitter after a refused or failed call: anywhere up to half a second, doubling up to 8 s. */
export function retryDelayMs(attempt: number, random: number): number {
  return random * Math.min(500 * 2 ** attempt, 8_000);
}

const firstOutputPollMs = 1_500;
const longestOutputPollMs = 30_000;

/** The pause before the next poll of a running command's output: every few seconds, less often in a long run or a quiet one. */
export function pollOutputDelayMs(
  { runMs, idle }: { runMs: number; idle: number },
  random: number,
): number {
  const pause = Math.max(firstOutputPollMs * 1.3 ** idle, runMs / 100);
  return spread(Math.min(pause, longestOutputPollMs), random);
}
