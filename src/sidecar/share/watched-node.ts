import type { Call } from "../../aws/companions.ts";
import type { Invocation } from "../../aws/ssm.ts";
import { isFinal } from "../../exec/follow.ts";
import type { Clock } from "../../kernel/clock.ts";
import { toldTo } from "./joint-call.ts";

/** Whoever waits for news gets what is known by then. */
const longestHoldMs = 3_000;

/** What an accepted command is taken for until AWS has shown it. */
const accepted = statusAlone("Pending");

/** A command on one node, as those see it who wait for its end. */
export type WatchedNode = {
  readonly instanceId: string;
  /** Of a document of several plugins, the one that is asked for. */
  plugin: string | undefined;
  /** Its end, or all of it, is not to be had from a list: it has to be read by itself. */
  needsWhole: boolean;
  /** That is being done. */
  isReading: boolean;
  /** What a list has told of its end: whoever has been killed has that after a while, since all of it may be long in coming. */
  listed: Invocation | undefined;
  /** When somebody last asked. */
  askedAtEpochMs: number;
  /** Resolves when there is news, or after a while without; throws the reason of the call's signal, or what `fail` is given. */
  read(call: Call): Promise<Invocation>;
  /** Those who wait. */
  calls(): readonly Call[];
  show(news: Invocation): void;
  fail(error: unknown): void;
  status(): string | undefined;
  /** Its end has been told. */
  isOver(): boolean;
};

export function statusAlone(status: string): Invocation {
  return { status, responseCode: -1, stdout: "", stderr: "" };
}

/** What AWS has shown of it. */
function openKnown() {
  let latest: Invocation | undefined;
  let shows = 0;
  return {
    latest: () => latest,
    note: (news: Invocation) => {
      latest = news;
      shows += 1;
    },
    /** An assumption for as long as AWS shows nothing from now on: the look at it may still wait for its turn. */
    sinceNow: () => {
      const before = shows;
      return (): Invocation => {
        const news = latest ?? accepted;
        return shows > before ? news : { ...news, isAssumed: true };
      };
    },
  };
}

type Waiter = {
  call: Call;
  resolve: (invocation: Invocation) => void;
  reject: (reason: unknown) => void;
  release: () => void;
};

export function openWatchedNode(instanceId: string, clock: Clock): WatchedNode {
  const waiters = new Set<Waiter>();
  const known = openKnown();
  let told: string | undefined;
  const end = (waiter: Waiter, tell: () => void) => {
    if (!waiters.delete(waiter)) return;
    waiter.release();
    tell();
  };
  const tell = (waiter: Waiter, invocation: Invocation) =>
    end(waiter, () => {
      told = invocation.status;
      waiter.resolve(invocation);
    });
  const tellNews = () => {
    const news = known.latest();
    if (!news || (news.status === told && !isFinal(news.status))) return;
    for (const waiter of waiters) tell(waiter, news);
  };
  const node: WatchedNode = {
    instanceId,
    plugin: undefined,
    needsWhole: false,
    isReading: false,
    listed: undefined,
    askedAtEpochMs: clock.now(),
    read: (call) =>
      new Promise((resolve, reject) => {
        const { signal } = call;
        const ended = new AbortController();
        const leave = () => end(waiter, () => reject(signal.reason));
        const release = () => {
          ended.abort();
          signal.removeEventListener("abort", leave);
        };
        const waiter = { call, resolve, reject, release };
        waiters.add(waiter);
        signal.addEventListener("abort", leave);
        if (signal.aborted) leave();
        tellNews();
        if (ended.signal.aborted) return;
        const sinceNow = known.sinceNow();
        void clock
          .sleep(longestHoldMs, ended.signal)
          .then(() => tell(waiter, atKill(node, call) ?? sinceNow()));
      }),
    calls: () => [...waiters].map(({ call }) => call),
    show: (news) => {
      known.note(news);
      tellNews();
    },
    fail: (error) => {
      for (const waiter of waiters)
        end(waiter, () => waiter.reject(toldTo(waiter.call.subject, error)));
    },
    status: () => known.latest()?.status,
    isOver: () => told !== undefined && isFinal(told),
  };
  return node;
}

function atKill({ listed }: WatchedNode, call: Call): Invocation | undefined {
  return call.requester?.isUrgent() ? listed : undefined;
}
