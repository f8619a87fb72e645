import type { Logs } from "../aws/logs.ts";
import type { Watch } from "../command/plan.ts";
import type { StreamName } from "../output/chunk.ts";
import { streamNames } from "../output/chunk.ts";
import { followStream } from "../output/cloudwatch.ts";
import type { StreamState } from "../output/cloudwatch.ts";
import { pollDelayMs } from "./backoff.ts";
import { finishLogs } from "./finish-logs.ts";
import { followCommand } from "./follow.ts";
import type { Following, FollowOptions } from "./follow.ts";
import { located } from "./gather.ts";
import { tellLimits } from "./limits.ts";
import { accountOf, isComplete, openLogRun } from "./log-run.ts";
import type { LogRun } from "./log-run.ts";
import { verify } from "./verify.ts";
import { settleReport } from "./settle.ts";
import type { Run, Watched, Watcher } from "./watch.ts";

/** Where the agent writes the output of a command. */
export type LogTarget = Extract<Watch, { kind: "logs" }>;

/** The output is read from the command's two log streams while it runs, and what does not come that way is fetched at the end. */
export function watchLogs(run: Run, target: LogTarget): Watcher {
  const logRun = openLogRun(run);
  const refuse = (error: unknown) => {
    throw located(error, run.plan.target);
  };
  return {
    follow: (options, signal) =>
      follow(logRun, target, options, signal).catch(refuse),
    finish: (reply, signal) =>
      finishLogs(logRun, target, reply, signal).catch(refuse),
  };
}

/** What the two streams and SSM tell each other while they are read. */
export type Signals = {
  /** SSM says that the command has ended. */
  ended: AbortController;
  /** The runner's last line has come on one of the streams. */
  reported: AbortController;
  /** All of the output has come. */
  told: AbortController;
};

/**
 * Reads both streams beside watching the command. When the runner's last line and everything before it have come we end, though
 * SSM calls the command running for another 2 to 4 s: all that the agent still does is upload what we have read, and it
 * takes the next command meanwhile (five at once).
 */
async function follow(
  run: LogRun,
  target: LogTarget,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Watched> {
  const signals = {
    ended: new AbortController(),
    reported: new AbortController(),
    told: new AbortController(),
  };
  const logs = await run.ports.openLogs();
  const following = followEnd(run, options, signals, signal);
  // it is awaited below; until then a failure of its must not count as unhandled
  following.catch(() => undefined);
  await Promise.all(
    streamNames.map(async (stream) => {
      const reading = { logs, stream, signals };
      run.streams[stream] = await readStream(run, target, reading, signal);
    }),
  );
  tellRefusals(run);
  if (Object.values(run.streams).some(({ kind }) => kind !== "complete"))
    return following;
  signals.told.abort();
  const end = await following;
  const account = accountOf(run);
  const outcome = account && settleReport(account, run.plan);
  if (!outcome) return end;
  verify(run, account);
  tellLimits(run, account);
  return { kind: "told", outcome };
}

/** With CloudWatch a command's end takes seconds to reach SSM, so SSM is asked less often. */
const firstLookMs = 2_000;
/** While the streams bring something, and will bring the runner's last line, SSM only tells that the node was lost. */
const provenLookMs = 10_000;

async function followEnd(
  run: LogRun,
  options: FollowOptions,
  { ended, told }: Signals,
  signal: AbortSignal,
): Promise<Following> {
  const { delivered } = run.delivery;
  const pauseMs = (sinceMs: number, _look: number, random: number) => {
    const proven =
      run.plan.runner === "full" && delivered.stdout + delivered.stderr > 0;
    const least = proven ? provenLookMs : firstLookMs;
    return Math.max(pollDelayMs(sinceMs, random), least);
  };
  try {
    const following = await followCommand(
      run.ports,
      run.command,
      { ...options, pauseMs },
      AbortSignal.any([signal, told.signal]),
    );
    if (following.kind === "ended") run.reply = following.invocation;
    return following;
  } finally {
    ended.abort();
  }
}

/** Reads a stream of a command until all of it has come, or nothing more will. */
export function readStream(
  run: LogRun,
  { group, plugin, settleMs }: LogTarget,
  {
    logs,
    stream,
    signals,
  }: {
    logs: Logs;
    stream: StreamName;
    signals: Pick<Signals, "ended" | "reported">;
  },
  signal: AbortSignal,
): Promise<StreamState> {
  const { commandId, instanceId } = run.command;
  const { clock, random, subject, log } = run.ports;
  const { ended, reported } = signals;
  const source = {
    logs,
    subject,
    ...(log.debug ? { debug: log.debug } : {}),
    group,
    stream: `${commandId}/${instanceId}/${plugin}/${stream}`,
    tellsEnd: stream === "stdout",
    clock,
    random,
  };
  const until = {
    isComplete: () => isComplete(run, stream),
    ended: ended.signal,
    wake: AbortSignal.any([signal, ended.signal, reported.signal]),
    settleMs,
  };
  const write = async (bytes: Buffer) => {
    if (run.texts[stream].report()) reported.abort();
    await run.delivery.write(stream, bytes);
  };
  return followStream(source, run.texts[stream], write, until, signal);
}

/** While the command runs on: its output will not come live. */
export function tellRefusals({ ports, streams }: LogRun): void {
  const state = Object.values(streams).find((at) => at.kind === "refused");
  if (state)
    ports.log.note(
      `${state.failure.message}; the output comes through SSM instead, when the command has ended`,
    );
}
