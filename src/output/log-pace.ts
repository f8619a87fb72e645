/**
 * How long to wait before the next look at a log stream, as pure functions. An agent sends each second, so looking more often
 * than that shows nothing sooner; and all nodes of an account share a few GetLogEvents a second (5 to 25, by region).
 */

/** Before that no agent has sent anything. */
export const firstLookMs = 600;
const flowingMs = 800;
/** A stream that has been quiet for a while is looked at after a share of it. */
const quiet = {
  likely: { share: 0.25, mostMs: 5_000 },
  unlikely: { share: 0.4, mostMs: 8_000 },
};
/** At the end only AWS's own delay is left to wait for: short at first, then as always. */
const endMs = 300;
const longestMs = 20_000;

/** How hard it is to get an answer: 0 where each look has one. */
export type Strain = number;

const mostStrain = 4.5;

/** A refusal for the rate, or no answer, slows us at once; answers quicken us more slowly, so that many runs share what there is. */
export function strainAfter(
  strain: Strain,
  look: "answer" | "failure",
): Strain {
  return look === "answer"
    ? Math.max(0, strain - 0.35)
    : Math.min(mostStrain, strain + 0.7);
}

export function logPauseMs(
  /** `likely`: something will come. `quietMs`: since the last news. `overMs`: since the command is known to have ended. */
  state: { likely: boolean; quietMs: number; overMs?: number; strain: Strain },
  /** Uniform in [0, 1). */
  random: number,
): number {
  const { share, mostMs } = state.likely ? quiet.likely : quiet.unlikely;
  const pause =
    state.overMs === undefined
      ? Math.min(Math.max(flowingMs, state.quietMs * share), mostMs)
      : Math.min(Math.max(endMs, state.overMs / 2), flowingMs);
  const strained = Math.min(pause * 2 ** state.strain, longestMs);
  const spread = state.strain > 0 ? 0.5 : 0.15;
  return strained * (1 - spread + spread * random);
}
