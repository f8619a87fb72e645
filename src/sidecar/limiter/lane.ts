import type { Call } from "../../aws/companions.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Failure } from "../../kernel/failure.ts";
import { openFairQueue } from "./fair-queue.ts";
import type { FairQueue, Waiting } from "./fair-queue.ts";
import { openPacer } from "./pacer.ts";

/** As many as there are connections: the others wait where their order counts. */
const mostInFlight = 50;

/** What one lane has seen. */
export type LaneStatus = {
  /** Requests a second; absent: no limit has shown. */
  perSecond?: number;
  queued: number;
  inFlight: number;
  calls: number;
  throttled: number;
  /** All waiting together. */
  waitedMs: number;
};

/** The way of one action's requests to one account and region. */
export type Lane = {
  enter(call: Call): Promise<(failure?: Failure) => void>;
  status(): LaneStatus;
};

type Queued = Waiting & { admit: () => void };

/** No limit until AWS first refuses a request for the rate; from then on the rate is learnt from what goes through. */
export function openLane(clock: Clock): Lane {
  const queue = openFairQueue<Queued>();
  const pacer = openPacer(clock);
  const counts = { inFlight: 0, calls: 0, throttled: 0, waitedMs: 0 };
  let isWaking = false;
  const pump = () => {
    while (queue.size() > 0 && counts.inFlight < mostInFlight) {
      const pauseMs = pacer.pauseMs();
      if (pauseMs > 0) {
        wakeAfter(pauseMs);
        return;
      }
      queue.take()?.admit();
    }
  };
  const wakeAfter = (ms: number) => {
    if (isWaking) return;
    isWaking = true;
    void clock.sleep(ms).then(() => {
      isWaking = false;
      pump();
    });
  };
  const begin = () => {
    const ticket = pacer.begin(queue.size() > 0);
    counts.inFlight += 1;
    counts.calls += 1;
    return (failure?: Failure) => {
      counts.inFlight -= 1;
      const isThrottled = failure?.heals === "rate";
      if (isThrottled) counts.throttled += 1;
      pacer.end(ticket, isThrottled ? "throttled" : "passed");
      pump();
    };
  };
  return {
    enter: (call) => {
      const askedAtEpochMs = clock.now();
      const turn = waitForTurn(queue, call, () => {
        counts.waitedMs += clock.now() - askedAtEpochMs;
        return begin();
      });
      pump();
      return turn;
    },
    status: () => {
      const perSecond = pacer.perSecond();
      return {
        ...counts,
        queued: queue.size(),
        ...(perSecond === undefined ? {} : { perSecond }),
      };
    },
  };
}

/** Stands in the queue until admitted, and begins then and there; an abort of the call's signals leaves it, and throws the reason. */
function waitForTurn<T>(
  queue: FairQueue<Queued>,
  { signal, early = signal, requester }: Call,
  begin: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const leaveBySignal = () => leave(signal.reason);
    const leaveEarly = () => leave(early.reason);
    const release = () => {
      signal.removeEventListener("abort", leaveBySignal);
      early.removeEventListener("abort", leaveEarly);
    };
    const queued: Queued = {
      requester,
      admit: () => {
        release();
        resolve(begin());
      },
    };
    const leave = (reason: unknown) => {
      release();
      queue.remove(queued);
      reject(reason);
    };
    signal.addEventListener("abort", leaveBySignal);
    early.addEventListener("abort", leaveEarly);
    queue.add(queued);
    if (signal.aborted) leaveBySignal();
    else if (early.aborted) leaveEarly();
  });
}
