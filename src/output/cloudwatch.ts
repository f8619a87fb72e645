import type { LogPage, Logs } from "../aws/logs.ts";
import type { Clock } from "../kernel/clock.ts";
import { BridgeError, mayPass } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import { firstLookMs, logPauseMs, strainAfter } from "./log-pace.ts";
import type { LogText } from "./log-text.ts";

/** A log stream that is read while it grows. */
export type LogSource = {
  logs: Logs;
  subject: Subject;
  /** Told of each look, where somebody has asked for that. */
  debug?: (text: string) => void;
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

/** How a stream stands, by what the looks at it have shown: where reading stops, that is why, and what is said of it. */
export type StreamState =
  /** AWS shows no such stream. */
  | { kind: "absent" }
  /** It is there, and may not be all. */
  | { kind: "partial" }
  /** All of it has come. */
  | { kind: "complete" }
  /** AWS did not answer, which may pass. */
  | { kind: "failing"; failure: BridgeError }
  /** We may not read it, or AWS refuses to give it. */
  | { kind: "refused"; failure: BridgeError }
  /** Our signal fired: nobody waits for it. */
  | { kind: "aborted" };

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
): Promise<StreamState> {
  const { clock, random } = source;
  let token: string | undefined;
  let shown: StreamState = { kind: "absent" };
  let strain = 0;
  const times: Times = { newsAt: clock.now() };
  await clock.sleep(firstLookMs, until.wake);
  for (;;) {
    if (signal.aborted) return { kind: "aborted" };
    // what was sent before the end is there to be read from now on
    if (until.ended.aborted) times.endedAt ??= clock.now();
    const look = await lookAt(source, token, signal);
    if (look.kind === "refused") return look;
    strain = strainAfter(
      strain,
      look.kind === "failing" ? "failure" : "answer",
    );
    if (look.kind === "page") {
      shown = { kind: "partial" };
      token = look.next;
      for (const message of look.messages) await write(text.push(message));
      if (look.messages.length > 0) times.newsAt = clock.now();
      if (look.full) continue;
    }
    if (until.isComplete()) return { kind: "complete" };
    const now = clock.now();
    const state = look.kind === "failing" ? look : shown;
    const leftMs = waitLeftMs(times, limitOf(state, until.settleMs), now);
    if (leftMs <= 0) return state;
    if (until.wake.aborted) times.overAt ??= now;
    const likely = shown.kind === "partial" || source.tellsEnd;
    const pace = { likely, strain, ...spansOf(times, now) };
    const pauseMs = logPauseMs(pace, random());
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

/** What one look finds: the next events, or how the stream stands without any. */
type Look =
  | ({ kind: "page" } & LogPage)
  | Extract<StreamState, { kind: "absent" | "failing" | "refused" }>;

async function lookAt(
  { logs, subject, debug, group, stream }: LogSource,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Look> {
  const position = { group, stream, ...(token === undefined ? {} : { token }) };
  try {
    const call = { signal, subject, ...(debug ? { debug } : {}) };
    const page = await logs.read(position, call);
    return page ? { kind: "page", ...page } : { kind: "absent" };
  } catch (error) {
    if (signal.aborted) return { kind: "absent" };
    if (!(error instanceof BridgeError)) throw error;
    const passes = mayPass(error) || error.failure?.whose === "credentials";
    return { kind: passes ? "failing" : "refused", failure: error };
  }
}

/** Throttling and 5xx pass; an endpoint that cannot be reached has not been reached before either. */
function limitOf(state: StreamState, settleMs: number): number {
  return state.kind === "failing" && state.failure.failure?.whose === "aws"
    ? Math.max(settleMs, patienceMs)
    : settleMs;
}
