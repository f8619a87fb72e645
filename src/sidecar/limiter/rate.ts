/** What is left of a rate that was refused. */
const keptShare = 0.8;
/** How fast a rate grows: by so much of itself for each second cubed. It is soon back near what was refused, there slow, then ever faster. */
const growthShare = 0.04;
/** A low rate grows as if it were this one: what was measured in a second of few requests says little. */
const growsAsPerSecond = 4;
const lowestPerSecond = 0.5;

/** A rate that AWS has taught us. Its shape is that of the SDKs' adaptive retry mode. Source: RFC 9438 (CUBIC). */
export type Rate = {
  /** What was refused the last time. */
  refusedPerSecond: number;
  /** How long it has grown since then: while somebody waited for it. */
  grownMs: number;
};

/** `passedPerSecond`: what has gone through lately. Where the rate is limited already, that lags behind what is allowed. */
export function cutRate(rate: Rate | undefined, passedPerSecond: number): Rate {
  const refused = rate
    ? Math.min(perSecondOf(rate), passedPerSecond * 1.3 + 1)
    : passedPerSecond;
  return { refusedPerSecond: Math.max(lowestPerSecond, refused), grownMs: 0 };
}

export function perSecondOf({ refusedPerSecond, grownMs }: Rate): number {
  const growth = growthShare * Math.max(growsAsPerSecond, refusedPerSecond);
  const backSeconds = Math.cbrt((refusedPerSecond * (1 - keptShare)) / growth);
  const seconds = grownMs / 1_000 - backSeconds;
  return Math.max(lowestPerSecond, refusedPerSecond + growth * seconds ** 3);
}
