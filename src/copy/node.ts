import type { CommandOnNode, Invocation, SendRequest } from "../aws/ssm.ts";
import { cancelCommand } from "../exec/cancel.ts";
import { followCommand } from "../exec/follow.ts";
import type { Following } from "../exec/follow.ts";
import type { Ports } from "../exec/ports.ts";
import { sendCommand } from "../exec/send.ts";
import { settle } from "../exec/settle.ts";
import { BridgeError } from "../kernel/errors.ts";
import { parseAnswer } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { composeRemove } from "./script.ts";
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

/** The node as a copy sees it: takes scripts, gives answers. Disposing of it leaves nothing of an unfinished copy there. */
export type Node = AsyncDisposable & {
  run(work: Work, signal: AbortSignal): Promise<Answer>;
};

const removalLimitMs = 30_000;
const deadlineSlackMs = 60_000;
const removalTimeoutSeconds = 60;

export function openNode(ports: Ports, options: NodeOptions): Node {
  const running = new Set<CommandOnNode>();
  let hasPieces = false;
  let mayHaveTraces = false;

  const run = async (
    work: Work,
    limits: { executionSeconds: number; deliverySeconds: number },
    signal: AbortSignal,
  ): Promise<Answer> => {
    const longestMs =
      (limits.executionSeconds + limits.deliverySeconds) * 1_000 +
      deadlineSlackMs;
    const untilEpochMs = ports.clock.now() + longestMs;
    const command = await send(ports, options, work, {
      ...limits,
      untilEpochMs,
      signal,
    }).catch((error: unknown) => {
      mayHaveTraces ||= mayRunNevertheless(error);
      throw error;
    });
    if (!command) throw signal.reason;
    mayHaveTraces = true;
    running.add(command);
    const following = await followCommand(
      ports,
      { ...command, ...(work.plugin ? { plugin: work.plugin } : {}) },
      { overdueAtEpochMs: untilEpochMs },
      signal,
    );
    if (following.kind !== "ended") throw unended(options, following, signal);
    running.delete(command);
    return answerOf(options, following.invocation);
  };

  return {
    run: async (work, signal) => {
      const answer = await run(
        work,
        {
          executionSeconds: options.executionTimeoutSeconds,
          deliverySeconds: options.deliveryTimeoutSeconds,
        },
        signal,
      );
      if (answer.kind === "stored") hasPieces = true;
      // a script that ends by itself removes what it made, and the one that completes a file removes all pieces
      if (answer.kind === "copied") hasPieces = false;
      mayHaveTraces = hasPieces;
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      if (!mayHaveTraces) return;
      await Promise.all(
        [...running].map((command) => cancelCommand(ports, command)),
      );
      await removeTraces(ports, options, run);
    },
  };
}

/** A send without an answer may have been accepted; what AWS refused was not. */
function mayRunNevertheless(error: unknown): boolean {
  return (
    error instanceof BridgeError &&
    (error.code === "aws-silent" || error.code === "aws-failing")
  );
}

function send(
  ports: Ports,
  options: NodeOptions,
  work: Work,
  limits: {
    executionSeconds: number;
    deliverySeconds: number;
    untilEpochMs: number;
    signal: AbortSignal;
  },
): Promise<CommandOnNode | undefined> {
  const runId = options.newRunId();
  const request = {
    instanceId: options.instanceId,
    documentName: work.documentName,
    parameters: {
      ...work.parameters,
      executionTimeout: [String(limits.executionSeconds)],
    },
    comment: options.comment(runId),
    deliveryTimeoutSeconds: limits.deliverySeconds,
  };
  const { untilEpochMs, signal } = limits;
  return sendCommand(
    ports,
    { request, runId, giveUpAtEpochMs: untilEpochMs, target: options.target },
    signal,
  );
}

type Run = (
  work: Work,
  limits: { executionSeconds: number; deliverySeconds: number },
  signal: AbortSignal,
) => Promise<Answer>;

async function removeTraces(
  { clock, log }: Ports,
  { target, to }: NodeOptions,
  run: Run,
): Promise<void> {
  const limits = {
    executionSeconds: removalTimeoutSeconds,
    deliverySeconds: removalTimeoutSeconds,
  };
  const work = scriptWork(to, composeRemove(to));
  const answer = await run(work, limits, clock.deadline(removalLimitMs)).catch(
    () => undefined,
  );
  if (answer?.kind !== "removed")
    log.note(
      `${target}: what the unfinished copy left could not be removed: .rundeck-ssm-${to.copyId}* beside the destination`,
    );
}

/** A script of ours as a document's parameters. */
export function scriptWork({ platform }: Destination, text: string): Work {
  return {
    documentName:
      platform === "windows" ? "AWS-RunPowerShellScript" : "AWS-RunShellScript",
    parameters: { commands: text.split("\n") },
  };
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

/** Throws for a command whose script gave no answer. */
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
