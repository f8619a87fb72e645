import type { CommandOnNode, Invocation, SendRequest } from "../aws/ssm.ts";
import { followCommand } from "../exec/follow.ts";
import type { Following } from "../exec/follow.ts";
import type { Ports } from "../exec/ports.ts";
import { sendCommand } from "../exec/send.ts";
import type { Ends } from "../exec/send.ts";
import { settle } from "../exec/settle.ts";
import { BridgeError } from "../kernel/errors.ts";
import { parseAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import type { NodePorts } from "./ports.ts";
import type { Destination } from "./request.ts";

/** What every command of a copy has in common. */
export type NodeOptions = {
  instanceId: string;
  target: string;
  to: Destination;
  executionTimeoutSeconds: number;
  deliveryTimeoutSeconds: number;
  /** At most 100 characters, the run id among them. */
  comment: (runId: string) => string;
};

/** A document, and what it takes beside `executionTimeout`. */
export type Work = Pick<SendRequest, "documentName" | "parameters"> & {
  /** The plugin whose output is the answer, in a document of several. */
  plugin?: string;
};

/** A command that AWS has accepted; one of ours that cleans up has a deadline of its own. */
export type Sent = { command: CommandOnNode; untilEpochMs?: number };

/** What a script's end may take to reach us. */
const slackSeconds = 15;

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
  ports: NodePorts,
  options: NodeOptions,
  work: Work,
  ends: Ends,
): Promise<Sent> {
  const { executionTimeoutSeconds, deliveryTimeoutSeconds } = options;
  const giveUpAtEpochMs = ports.clock.now() + deliveryTimeoutSeconds * 1_000;
  const { instanceId } = options;
  const { documentName, plugin, parameters } = work;
  const runId = ports.ssm.newRunId({
    instanceId,
    work: () => JSON.stringify([documentName, parameters]),
  });
  const request = {
    instanceId,
    documentName,
    parameters: {
      ...parameters,
      executionTimeout: [String(executionTimeoutSeconds)],
    },
    comment: options.comment(runId),
    deliveryTimeoutSeconds,
  };
  await ports.trail.sending(runId);
  const command = await sendCommand(
    ports,
    { request, runId, giveUpAtEpochMs },
    ends,
  );
  if (!command) throw ends.signal.reason;
  await ports.trail.accepted(runId, command.commandId);
  return { command: plugin === undefined ? command : { ...command, plugin } };
}

/**
 * Waits for a script's end. Throws the signal's reason when that fires, and what is known of a script that does not end:
 * `delivery-timeout`, `node-unreachable`, AWS's last failure.
 */
export async function awaitScript(
  ports: Ports,
  options: NodeOptions,
  { command, untilEpochMs }: Sent,
  signal: AbortSignal,
  onAborted: (status: string) => void = () => undefined,
): Promise<Invocation> {
  const following = await followCommand(
    ports,
    command,
    { limit: limitOf(options, untilEpochMs) },
    signal,
  );
  if (following.kind === "ended") return following.invocation;
  if (following.kind === "aborted") onAborted(following.status);
  throw unended(options, following, signal);
}

function limitOf(options: NodeOptions, untilEpochMs: number | undefined) {
  return untilEpochMs === undefined
    ? {
        deliverySeconds: options.deliveryTimeoutSeconds,
        executionSeconds: options.executionTimeoutSeconds,
        slackSeconds,
      }
    : { untilEpochMs };
}

function unended(
  { target, ...options }: NodeOptions,
  following: Exclude<Following, { kind: "ended" }>,
  signal: AbortSignal,
): unknown {
  switch (following.kind) {
    case "aborted":
      return signal.reason;
    case "lost":
      return new BridgeError(
        "node-unreachable",
        `${target}: SSM has lost the node while it had the copy's command, which was not seen to begin`,
      );
    case "overdue":
      if (following.failure) return following.failure;
      return following.status === "InProgress"
        ? notBegun(target, options)
        : undelivered(target, options.deliveryTimeoutSeconds);
  }
}

/**
 * The answer of a script that has ended. Throws `delivery-timeout` or `node-unreachable` if it never began, and `execution-timeout`,
 * `cancelled` or `transfer-failed` if it could not end by itself.
 */
export function answerOf(options: NodeOptions, invocation: Invocation): Answer {
  const answer = parseAnswer(invocation, options.to.copyId);
  if (answer) return answer;
  const { target } = options;
  const outcome = settle({
    ...options,
    invocation,
    isTimeoutOurs: true,
    report: undefined,
    runner: "none",
  });
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
    case "never-begun":
    case "killed":
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

/** A script of ours says nothing before its end, and the agent ends it in time: it waits in the node's queue, or the node is lost. */
function notBegun(
  target: string,
  {
    deliveryTimeoutSeconds,
    executionTimeoutSeconds,
  }: Pick<NodeOptions, "deliveryTimeoutSeconds" | "executionTimeoutSeconds">,
): BridgeError {
  return new BridgeError(
    "delivery-timeout",
    `${target}: the node took the copy's command, but within ${deliveryTimeoutSeconds + executionTimeoutSeconds} s it was not seen to begin (an agent runs five at once, the others wait); it was cancelled. See also ssm-delivery-timeout and ssm-execution-timeout`,
  );
}

function undelivered(target: string, seconds: number): BridgeError {
  return new BridgeError(
    "delivery-timeout",
    `${target}: the node did not take the command within ${seconds} s; is its SSM agent online, or busy? See also ssm-delivery-timeout`,
  );
}
