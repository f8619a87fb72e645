import { BridgeError, extend, mayPass } from "../kernel/errors.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { pollDelayMs, retryDelayMs } from "./backoff.ts";
import { doubtfulAt, overdueAt } from "./deadline.ts";
import type { Progress, Timeouts } from "./deadline.ts";
import type { Ports } from "./ports.ts";
import { isLost, tellUntaken } from "./reachable.ts";
import { callOf } from "./retry.ts";

/** A command that AWS accepted but does not show for this long has got lost on AWS's side. */
const invisibleLimitMs = 60_000;
/** Credentials that stop working during a run have this long to come back (a renewed session, a rotated key). */
const refusalLimitMs = 30_000;
/** A command that was cancelled while it waited in the node's queue stays Cancelling for ever. Source: SSM agent 3.3. */
const cancellingLimitMs = 120_000;

/** Why following ended. `status`: what SSM said last. */
export type Following =
  | { kind: "ended"; invocation: Invocation }
  /** Our signal fired. */
  | { kind: "aborted"; status: string }
  /** Our own deadline passed. `failure`: AWS did not answer our last look. */
  | {
      kind: "overdue";
      status: string;
      hasBegun: boolean;
      failure?: BridgeError;
    }
  /** SSM reports that the node is gone. */
  | { kind: "lost"; hasBegun: boolean };

export type FollowOptions = {
  /** What bounds the command, or our own deadline for a short one of ours. */
  limit: Timeouts | { untilEpochMs: number };
  /** When something that the command wrote has come. */
  begunAt?: () => number | undefined;
  /** The pause before the next look. */
  pauseMs?: (sinceSentMs: number, look: number, random: number) => number;
};

/** What is known while a command is watched. */
type State = {
  progress: Progress;
  status: string;
  statusSince: number;
  /** SSM has said so; until then it is what we take for granted. */
  isTold: boolean;
  /** The last answer was no look of AWS's: whoever shares the requests has not had its turn yet. */
  isAssumed: boolean;
  failures: number;
  refusedSince?: number;
  failure?: BridgeError;
  isDoubted: boolean;
};

/**
 * Watches a command on a node until it ends. Throttling, 5xx and silence are ridden out until the deadline; a refusal
 * (`access-denied`, `credentials-invalid`) is thrown after it has lasted a while.
 */
export async function followCommand(
  ports: Ports,
  command: CommandOnNode,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Following> {
  const { clock, random } = ports;
  const pauseMs = pauseOf(ports, options);
  const state = openState(clock.now());
  const { sentAt } = state.progress;
  let pause = pauseMs(0, 0, random());
  for (let look = 1; ; look += 1) {
    const left = timeLeftMs(state, options, clock.now());
    if (left <= 0 && !mayBeFurther(state, options)) return overdue(state);
    await clock.sleep(left > 0 ? Math.min(pause, left) : pause, signal);
    if (signal.aborted) return { kind: "aborted", status: state.status };
    pause = pauseMs(clock.now() - sentAt, look, random());
    try {
      const invocation = await ports.ssm.read(command, callOf(ports, signal));
      if (isFinal(invocation.status)) return { kind: "ended", invocation };
      state.isAssumed = invocation.isAssumed === true;
      if (!state.isAssumed) noteStatus(state, invocation.status, clock.now());
    } catch (error) {
      if (signal.aborted) return { kind: "aborted", status: state.status };
      noteFailure(state, error, clock.now());
      pause = Math.max(pause, retryDelayMs(state.failures, random()));
    }
    if (state.isAssumed) continue;
    const lost = await examine(ports, command, { state, options }, signal);
    if (lost) return lost;
  }
}

function openState(now: number): State {
  return {
    progress: { sentAt: now, isUnseen: false },
    status: "Pending",
    statusSince: now,
    isTold: false,
    isAssumed: false,
    failures: 0,
    isDoubted: false,
  };
}

/** The command may have ended in time: its deadline is no reason to give it up before a look at it has had its turn. */
function mayBeFurther({ isAssumed }: State, { limit }: FollowOptions): boolean {
  return isAssumed && !("untilEpochMs" in limit);
}

function timeLeftMs(
  { progress }: State,
  { limit, begunAt }: FollowOptions,
  now: number,
): number {
  if ("untilEpochMs" in limit) return limit.untilEpochMs - now;
  const begun = begunAt?.();
  if (begun !== undefined) progress.begunAt ??= begun;
  return overdueAt(progress, limit) - now;
}

function overdue({ status, progress, failure }: State): Following {
  const hasBegun = progress.begunAt !== undefined;
  return {
    kind: "overdue",
    status,
    hasBegun,
    ...(failure ? { failure } : {}),
  };
}

function noteStatus(state: State, status: string, now: number): void {
  if (status !== state.status) state.statusSince = now;
  state.status = status;
  state.isTold = true;
  state.failures = 0;
  state.progress.isUnseen = false;
  if (status === "InProgress") state.progress.takenAt ??= now;
  delete state.refusedSince;
  delete state.failure;
}

/** Throws what does not pass by itself, or has not for a while. */
function noteFailure(state: State, error: unknown, now: number): void {
  if (!(error instanceof BridgeError)) throw error;
  state.failure = error;
  state.isAssumed = false;
  state.failures += 1;
  state.progress.isUnseen = true;
  if (mayPass(error)) return;
  state.refusedSince ??= now;
  const isPatient = error.failure?.whose === "credentials";
  if (isPatient && now - state.refusedSince < refusalLimitMs) return;
  throw extend(
    error,
    `${error.message}; the command was accepted and goes on on the node`,
  );
}

/** What is to be concluded from how long nothing has changed. */
async function examine(
  ports: Ports,
  command: CommandOnNode,
  { state, options }: { state: State; options: FollowOptions },
  signal: AbortSignal,
): Promise<Following | undefined> {
  const now = ports.clock.now();
  const lastedMs = now - state.statusSince;
  if (state.status === "Cancelling" && lastedMs > cancellingLimitMs)
    return { kind: "ended", invocation: cancelledInQueue };
  if (state.status === "NotVisible" && lastedMs > invisibleLimitMs)
    throw new BridgeError(
      "aws-failing",
      `${ports.subject.target}: AWS accepted the command but does not show it; look for it in Run Command's history`,
    );
  if ("untilEpochMs" in options.limit) return undefined;
  const { progress } = state;
  if (state.isTold && progress.takenAt === undefined && !progress.isUnseen)
    await tellUntaken(ports, command, now - progress.sentAt, signal);
  if (state.isDoubted || now < doubtfulAt(progress, options.limit))
    return undefined;
  state.isDoubted = true;
  return (await isLost(ports, command, signal))
    ? { kind: "lost", hasBegun: progress.begunAt !== undefined }
    : undefined;
}

const cancelledInQueue: Invocation = {
  status: "Cancelled",
  responseCode: -1,
  stdout: "",
  stderr: "",
};

/** Where a read waits for news it keeps to a schedule of its own: ours is for whoever wants to look less often than that. */
function pauseOf({ ssm }: Ports, { pauseMs }: FollowOptions) {
  if (pauseMs) return pauseMs;
  return ssm.waitsForNews ? () => 0 : pollDelayMsOf;
}

function pollDelayMsOf(sinceSentMs: number, _look: number, random: number) {
  return pollDelayMs(sinceSentMs, random);
}

const unfinished = new Set([
  "NotVisible",
  "Pending",
  "InProgress",
  "Delayed",
  "Cancelling",
]);

/** Source: Run Command user guide, "Understanding command statuses". An unknown word ends a run rather than hang it. */
export function isFinal(status: string): boolean {
  return !unfinished.has(status);
}
