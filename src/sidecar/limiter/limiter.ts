import type { Gate } from "../../aws/gate.ts";
import type { Clock } from "../../kernel/clock.ts";
import { openLane } from "./lane.ts";
import type { Lane, LaneStatus } from "./lane.ts";

/** Whose rates a request counts against. */
export type Quota = {
  /** The account, or whatever stands for it. */
  account: string;
  region: string;
};

/** All of a process's requests to AWS: what each account and region allows for each action is learnt once. */
export type Limiter = {
  gate(quota: Quota): Gate;
  status(): readonly LimitStatus[];
};

export type LimitStatus = Quota & { action: string } & LaneStatus;

export function openLimiter(clock: Clock): Limiter {
  const lanes = new Map<string, Quota & { action: string; lane: Lane }>();
  const laneOf = (quota: Quota, action: string): Lane => {
    const key = JSON.stringify([quota.account, quota.region, action]);
    const known = lanes.get(key);
    if (known) return known.lane;
    const lane = openLane(clock);
    lanes.set(key, { ...quota, action, lane });
    return lane;
  };
  return {
    gate: (quota) => ({
      enter: (action, call) => laneOf(quota, action).enter(call),
    }),
    status: () =>
      [...lanes.values()].map(({ lane, ...of }) => ({
        ...of,
        ...lane.status(),
      })),
  };
}
