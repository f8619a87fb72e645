/**
 * How long to wait before the next look at a log stream, as a pure function. An agent sends each second, so looking more often
 * than that shows nothing sooner; and all nodes of an account share a few GetLogEvents a second (5 to 25, by region).
 */

const flowingMs = 800;
const quietestMs = 5_000;
/** A stream that has been quiet for a while is looked at after this share of it. */
const quietShare = 0.25;
/** At the end only AWS's own delay is left to wait for: short at first, then as always. */
const endMs = 300;
const throttledMs = 1_500;
const longestMs = 20_000;

export function logPauseMs(
  /** `quietMs`: since the last news. `overMs`: since the command is known to have ended. `failures`: looks in a row without an answer. */
  state: { quietMs: number; overMs?: number; failures: number },
  /** Uniform in [0, 1). */
  random: number,
): number {
  if (state.failures > 0) {
    const most = Math.min(throttledMs * 2 ** state.failures, longestMs);
    return most * (0.3 + 0.7 * random);
  }
  const pause =
    state.overMs === undefined
      ? Math.min(Math.max(flowingMs, state.quietMs * quietShare), quietestMs)
      : Math.min(Math.max(endMs, state.overMs / 2), flowingMs);
  return pause * (0.85 + 0.15 * random);
}
