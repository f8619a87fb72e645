import type { LimitStatus } from "./limiter/limiter.ts";
import type { Status } from "./status.ts";

/** By action: what executions have asked for, and the requests that were made. */
export function countCalls(
  asked: ReadonlyMap<string, number>,
  limits: readonly LimitStatus[],
): Status["calls"] {
  const made = new Map<string, number>();
  for (const { action, calls } of limits)
    made.set(action, (made.get(action) ?? 0) + calls);
  const actions = [...new Set([...asked.keys(), ...made.keys()])].toSorted();
  return actions.map((action) => {
    const wanted = asked.get(action);
    return {
      action,
      ...(wanted === undefined ? {} : { asked: wanted }),
      made: made.get(action) ?? 0,
    };
  });
}

/** An account whose number does not show gets one of ours: what stands for it inside would be another in every sidecar. */
export function tellLimits(limits: readonly LimitStatus[]): Status["limits"] {
  const unknown = new Map<string, string>();
  const nameOf = (account: string) => {
    if (/^\d{12,13}$/.test(account)) return account;
    const name = unknown.get(account) ?? `unknown-${unknown.size + 1}`;
    unknown.set(account, name);
    return name;
  };
  return limits.map(({ account, waitedMs, perSecond, ...limit }) => ({
    ...limit,
    account: nameOf(account),
    ...(perSecond === undefined ? {} : { perSecond: round(perSecond) }),
    waitedSeconds: round(waitedMs / 1_000),
  }));
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
