import type { LogPage, Logs } from "../aws/logs.ts";
import type { Clock } from "../kernel/clock.ts";
import { BridgeError } from "../kernel/errors.ts";
import { firstLookMs, logPauseMs, strainAfter } from "./log-pace.ts";
import type { LogText } from "./log-text.ts";

/** A log stream that is read while it grows. */
export type LogSource = {
  logs: Logs;
  group: string;
  stream: string;
  /** The run ends when this stream does; the other may never be there. */
  tellsEnd: boolean;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
};

/** When to stop reading. */
export type ReadUntil = {
  /** Nothing more can come: everything that the runner has counted is here. */
  isComplete: () => boolean;
  /** Aborts when SSM says that the command has ended; the agent has sent its last event by then. */
  ended: AbortSignal;
  /** Aborts when the end is near, so that the next look is due at once. */
  wake: AbortSignal;
  /** How long after the end events may still turn up. */
  settleMs: number;
};

/** Why reading stopped, and whether there ever was such a stream. */
export type LogEnd = { seen: boolean } & (
  | { kind: "complete" }
  /** Our signal fired. */
  | { kind: "aborted" }
  /** The command ended, and nothing more turned up. `failure`: AWS did not answer our last look. */
  | { kind: "settled"; failure?: BridgeError }
  /** We may not read it, or AWS refuses to give it. */
  | { kind: "refused"; failure: BridgeError }
);

/** While AWS throttles us or fails, a finished command's events are waited for this much longer. */
const patienceMs = 60_000;

/**
 * Follows one stream of a command's output, and hands its bytes on in order; `write` slows it down. It reads often while
 * output flows, seldom while it doesn't, and seldom for everybody when AWS throttles.
 */
export async function followStream(
  source: LogSource,
  text: LogText,
  write: (bytes: Buffer) => Promise<void>,
  until: ReadUntil,
  signal: AbortSignal,
): Promise<LogEnd> {
  const { clock, random } = source;
  let token: string | undefined;
  let seen = false;
  let strain = 0;
  const times: Times = { newsAt: clock.now() };
  await clock.sleep(firstLookMs, until.wake);
  for (;;) {
    if (signal.aborted) return { kind: "aborted", seen };
    // what was sent before the end is there to be read from now on
    if (until.ended.aborted) times.endedAt ??= clock.now();
    const look = await lookAt(source, token, signal);
    if (look.kind === "refused") return { ...look, seen };
    strain = strainAfter(strain, look.kind === "failed" ? "failure" : "answer");
    if (look.kind === "page") {
      seen = true;
      token = look.next;
      for (const message of look.messages)
        await unlessAborted(write(text.push(message)), signal);
      if (look.messages.length > 0) times.newsAt = clock.now();
      if (look.full) continue;
    }
    if (until.isComplete()) return { kind: "complete", seen };
    const now = clock.now();
    const failure = look.kind === "failed" ? look.failure : undefined;
    const leftMs = waitLeftMs(times, limitOf(failure, until.settleMs), now);
    if (leftMs <= 0)
      return { kind: "settled", seen, ...(failure ? { failure } : {}) };
    if (until.wake.aborted) times.overAt ??= now;
    const likely = seen || source.tellsEnd;
    const state = { likely, strain, ...spansOf(times, now) };
    const pauseMs = logPauseMs(state, random());
    await clock.sleep(
      Math.min(pauseMs, leftMs),
      times.overAt === undefined ? until.wake : signal,
    );
  }
}

/** When things happened, in ms since the epoch. */
type Times = {
  newsAt: number;
  /** SSM has said that the command has ended. */
  endedAt?: number;
  /** That, or the runner's last line has come. */
  overAt?: number;
};

/** How much longer a finished command's events are waited for. */
function waitLeftMs(
  { newsAt, endedAt }: Times,
  limitMs: number,
  now: number,
): number {
  return endedAt === undefined
    ? Infinity
    : Math.max(endedAt, newsAt) + limitMs - now;
}

function spansOf({ newsAt, overAt }: Times, now: number) {
  return {
    quietMs: now - newsAt,
    ...(overAt === undefined ? {} : { overMs: now - overAt }),
  };
}

type Look =
  | ({ kind: "page" } & LogPage)
  | { kind: "absent" }
  | { kind: "failed"; failure: BridgeError }
  | { kind: "refused"; failure: BridgeError };

async function lookAt(
  { logs, group, stream }: LogSource,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Look> {
  const position = { group, stream, ...(token === undefined ? {} : { token }) };
  try {
    const page = await logs.read(position, signal);
    return page ? { kind: "page", ...page } : { kind: "absent" };
  } catch (error) {
    if (signal.aborted) return { kind: "absent" };
    if (!(error instanceof BridgeError)) throw error;
    const passes =
      error.code.startsWith("aws-") || error.code === "credentials-invalid";
    return { kind: passes ? "failed" : "refused", failure: error };
  }
}

/** Throttling and 5xx pass; an endpoint that cannot be reached has not been reached before either. */
function limitOf(failure: BridgeError | undefined, settleMs: number): number {
  return failure?.code === "aws-throttled" || failure?.code === "aws-failing"
    ? Math.max(settleMs, patienceMs)
    : settleMs;
}

/** A reader that takes nothing must not hold up a kill. */
function unlessAborted(
  writing: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    writing
      .finally(() => signal.removeEventListener("abort", stop))
      .then(stop, reject);
  });
}
