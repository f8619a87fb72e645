import type { CommandOnNode, Invocation, SendRequest } from "../aws/ssm.ts";
import { followCommand } from "../exec/follow.ts";
import type { Following } from "../exec/follow.ts";
import type { Ports } from "../exec/ports.ts";
import { sendCommand } from "../exec/send.ts";
import { settle } from "../exec/settle.ts";
import { BridgeError } from "../kernel/errors.ts";
import { parseAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { Destination } from "./script.ts";

/** What every command of a copy has in common. */
export type NodeOptions = {
  instanceId: string;
  target: string;
  to: Destination;
  executionTimeoutSeconds: number;
  deliveryTimeoutSeconds: number;
  /** 24 hex digits that no other command has. */
  newRunId: () => string;
  /** At most 100 characters, the run id among them. */
  comment: (runId: string) => string;
};

/** A document, and what it takes beside `executionTimeout`. */
export type Work = Pick<SendRequest, "documentName" | "parameters"> & {
  /** The plugin whose output is the answer, in a document of several. */
  plugin?: string;
};

/** A command that AWS has accepted, and when we stop waiting for it. */
export type Sent = { command: CommandOnNode; untilEpochMs: number };

const deadlineSlackMs = 60_000;

/** A script of ours as a document's parameters. */
export function scriptWork({ platform }: Destination, text: string): Work {
  return {
    documentName:
      platform === "windows" ? "AWS-RunPowerShellScript" : "AWS-RunShellScript",
    parameters: { commands: text.split("\n") },
  };
}

/** Sends a script once. Throws the signal's reason if it was aborted before that, and what `sendCommand` throws. */
export async function sendScript(
  ports: Ports,
  options: NodeOptions,
  work: Work,
  signal: AbortSignal,
): Promise<Sent> {
  const { executionTimeoutSeconds, deliveryTimeoutSeconds } = options;
  const longestMs =
    (executionTimeoutSeconds + deliveryTimeoutSeconds) * 1_000 +
    deadlineSlackMs;
  const untilEpochMs = ports.clock.now() + longestMs;
  const runId = options.newRunId();
  const { documentName, plugin } = work;
  const request = {
    instanceId: options.instanceId,
    documentName,
    parameters: {
      ...work.parameters,
      executionTimeout: [String(executionTimeoutSeconds)],
    },
    comment: options.comment(runId),
    deliveryTimeoutSeconds,
  };
  const command = await sendCommand(
    ports,
    { request, runId, giveUpAtEpochMs: untilEpochMs, target: options.target },
    signal,
  );
  if (!command) throw signal.reason;
  const follow = plugin === undefined ? command : { ...command, plugin };
  return { command: follow, untilEpochMs };
}

/**
 * Waits for a script's answer. Throws the signal's reason when that fires, `delivery-timeout` or `node-unreachable` if the
 * script never began, and `execution-timeout`, `cancelled` or `transfer-failed` if it could not end by itself.
 */
export async function followScript(
  ports: Ports,
  options: NodeOptions,
  { command, untilEpochMs }: Sent,
  signal: AbortSignal,
): Promise<Answer> {
  const following = await followCommand(
    ports,
    command,
    { overdueAtEpochMs: untilEpochMs },
    signal,
  );
  if (following.kind === "ended")
    return answerOf(options, following.invocation);
  throw unended(options, following, signal);
}

function unended(
  { target, ...options }: NodeOptions,
  following: Exclude<Following, { kind: "ended" }>,
  signal: AbortSignal,
): unknown {
  if (following.kind === "aborted") return signal.reason;
  if (following.failure) return following.failure;
  return following.lastStatus === "InProgress"
    ? timedOut(target, options.executionTimeoutSeconds)
    : undelivered(target, options.deliveryTimeoutSeconds);
}

function answerOf(options: NodeOptions, invocation: Invocation): Answer {
  const answer = parseAnswer(invocation, options.to.copyId);
  if (answer) return answer;
  const { target } = options;
  const outcome = settle({ ...options, invocation, report: undefined });
  switch (outcome.kind) {
    case "exited":
      throw new BridgeError(
        "transfer-failed",
        `${target}: the node ended the copy's script without an answer (exit code ${outcome.exitCode}); look at the command's output in Run Command's history`,
      );
    case "execution-timeout":
      throw timedOut(target, outcome.afterSeconds);
    case "delivery-timeout":
      throw undelivered(target, outcome.afterSeconds);
    case "cancelled":
      throw new BridgeError(
        "cancelled",
        `${target}: the copy was cancelled in AWS (console or API)`,
      );
  }
}

function timedOut(target: string, seconds: number): BridgeError {
  return new BridgeError(
    "execution-timeout",
    `${target}: the node did not finish the copy within ${seconds} s; raise ssm-execution-timeout`,
  );
}

function undelivered(target: string, seconds: number): BridgeError {
  return new BridgeError(
    "delivery-timeout",
    `${target}: the node did not take the command within ${seconds} s; is its SSM agent online, or busy? See also ssm-delivery-timeout`,
  );
}
