import type { Clock } from "../../kernel/clock.ts";
import { cutRate, perSecondOf } from "./rate.ts";
import type { Rate } from "./rate.ts";

/** What went through is counted over so long. */
const measuredMs = 1_000;
/** Without a refusal for so long nothing is known of AWS's limit any more. */
const forgottenMs = 5 * 60_000;
/** After a pause so much of a second's requests may go at once. */
const burstShare = 0.1;

/** When the next request may be made, by what the last ones have shown. */
export type Pacer = {
  /** How long until the next one may; 0: now. */
  pauseMs(): number;
  /** One is being made. `isAwaited`: others wait for their turn. */
  begin(isAwaited: boolean): Ticket;
  end(ticket: Ticket, how: "passed" | "throttled"): void;
  /** Undefined: no limit is known. */
  perSecond(): number | undefined;
};

/** A request that is under way: which cut it came after. */
export type Ticket = { cuts: number };

export function openPacer(clock: Clock): Pacer {
  let rate: Rate | undefined;
  let cuts = 0;
  let refusedAtEpochMs = 0;
  let tokens = 1;
  let filledAtEpochMs = clock.now();
  let isAwaited = false;
  let passed: number[] = [];
  const fill = () => {
    const now = clock.now();
    const sinceMs = now - filledAtEpochMs;
    filledAtEpochMs = now;
    if (!rate) return;
    if (now - refusedAtEpochMs > forgottenMs) {
      rate = undefined;
      return;
    }
    // a rate that nobody needs proves nothing
    if (isAwaited) rate = { ...rate, grownMs: rate.grownMs + sinceMs };
    const perSecond = perSecondOf(rate);
    const most = Math.max(1, perSecond * burstShare);
    tokens = Math.min(most, tokens + (sinceMs / 1_000) * perSecond);
  };
  const passedPerSecond = () => {
    const since = clock.now() - measuredMs;
    passed = passed.filter((at) => at > since);
    return (passed.length * 1_000) / measuredMs;
  };
  return {
    pauseMs: () => {
      fill();
      if (!rate) return 0;
      isAwaited = true;
      // a hair more, so that no rounding makes it come too early
      return tokens >= 1
        ? 0
        : Math.ceil(((1 - tokens) / perSecondOf(rate)) * 1_000 + 0.01);
    },
    begin: (areOthersWaiting) => {
      tokens -= 1;
      isAwaited = areOthersWaiting;
      return { cuts };
    },
    end: (ticket, how) => {
      if (how === "passed") {
        passed.push(clock.now());
        if (passed.length > 1_000) passedPerSecond();
        return;
      }
      refusedAtEpochMs = clock.now();
      // those that were under way at the last cut tell nothing new
      if (ticket.cuts < cuts) return;
      cuts += 1;
      fill();
      rate = cutRate(rate, passedPerSecond());
      tokens = 0;
    },
    perSecond: () => rate && perSecondOf(rate),
  };
}
