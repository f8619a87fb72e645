/** Lets `perSecond` requests of an operation through in each second; more are refused. */
export type Throttle = { admit(operation: string, nowMs: number): boolean };

export function createThrottle(perSecond: number | undefined): Throttle {
  if (perSecond === undefined) return { admit: () => true };
  const buckets = new Map<string, { tokens: number; filledAtMs: number }>();
  return {
    admit: (operation, nowMs) => {
      const bucket = buckets.get(operation) ?? {
        tokens: perSecond,
        filledAtMs: nowMs,
      };
      buckets.set(operation, bucket);
      const gained = ((nowMs - bucket.filledAtMs) / 1_000) * perSecond;
      bucket.tokens = Math.min(perSecond, bucket.tokens + gained);
      bucket.filledAtMs = nowMs;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
