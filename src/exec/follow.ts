import { BridgeError } from "../kernel/errors.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { pollDelayMs, retryDelayMs } from "./backoff.ts";
import type { Ports } from "./ports.ts";

/** A command that AWS accepted but does not show for this long has got lost on AWS's side. */
const invisibleLimitMs = 60_000;
/** Credentials that stop working during a run have this long to come back (a renewed session, a rotated key). */
const refusalLimitMs = 30_000;

/** A command that was cancelled while it waited in the node's queue stays Cancelling for ever. Source: SSM agent 3.3. */
const cancellingLimitMs = 120_000;

/** Why following ended. */
export type Following =
  | { kind: "ended"; invocation: Invocation }
  /** Our signal fired. */
  | { kind: "aborted" }
  /** Our own deadline passed. `failure`: AWS did not answer our last look; otherwise `lastStatus` is what it said. */
  | { kind: "overdue"; lastStatus: string; failure?: BridgeError };

export type FollowOptions = {
  /** Our own deadline, which nothing can block. */
  overdueAtEpochMs: number;
  /** The pause before the next look. */
  pauseMs?: (sinceSentMs: number, look: number, random: number) => number;
};

/**
 * Watches a command on a node until it ends. Throttling, 5xx and silence are ridden out until the deadline; a refusal
 * (`access-denied`, `credentials-invalid`) is thrown after it has lasted a while.
 */
export async function followCommand(
  ports: Ports,
  command: CommandOnNode,
  { overdueAtEpochMs, pauseMs = pollDelayMsOf }: FollowOptions,
  signal: AbortSignal,
): Promise<Following> {
  const { clock, random } = ports;
  const sentAt = clock.now();
  let lastStatus = "Pending";
  let statusSince = sentAt;
  let failures = 0;
  let refusedSince: number | undefined;
  let failure: BridgeError | undefined;
  let pause = pauseMs(0, 0, random());
  for (let look = 1; ; look += 1) {
    const left = overdueAtEpochMs - clock.now();
    if (left <= 0)
      return { kind: "overdue", lastStatus, ...(failure ? { failure } : {}) };
    await clock.sleep(Math.min(pause, left), signal);
    if (signal.aborted) return { kind: "aborted" };
    pause = pauseMs(clock.now() - sentAt, look, random());
    try {
      const invocation = await ports.ssm.read(command, signal);
      if (isFinal(invocation.status)) return { kind: "ended", invocation };
      if (invocation.status !== lastStatus) statusSince = clock.now();
      lastStatus = invocation.status;
      failures = 0;
      refusedSince = undefined;
      failure = undefined;
    } catch (error) {
      if (signal.aborted) return { kind: "aborted" };
      if (error instanceof BridgeError) failure = error;
      refusedSince = refusedFor(error, refusedSince, clock.now());
      pause = Math.max(pause, retryDelayMs((failures += 1), random()));
    }
    const lastedMs = clock.now() - statusSince;
    if (lastStatus === "Cancelling" && lastedMs > cancellingLimitMs)
      return { kind: "ended", invocation: cancelledInQueue };
    if (lastStatus === "NotVisible" && lastedMs > invisibleLimitMs)
      throw new BridgeError(
        "aws-failing",
        `AWS accepted command ${command.commandId} for ${command.instanceId} but does not show it; look for it in Run Command's history`,
      );
  }
}

const cancelledInQueue: Invocation = {
  status: "Cancelled",
  responseCode: -1,
  stdout: "",
  stderr: "",
};

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

/** Since when AWS refuses us; throws what does not pass by itself, or has not. */
function refusedFor(
  error: unknown,
  since: number | undefined,
  now: number,
): number | undefined {
  if (!(error instanceof BridgeError)) throw error;
  if (error.code.startsWith("aws-")) return since;
  const patient = error.code === "credentials-invalid";
  if (patient && (since === undefined || now - since < refusalLimitMs))
    return since ?? now;
  throw new BridgeError(
    error.code,
    `${error.message}; the command was accepted and goes on on the node`,
    { cause: error },
  );
}
