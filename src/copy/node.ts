import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { cancelCommand, hasNotBegun } from "../exec/cancel.ts";
import { followCommand } from "../exec/follow.ts";
import type { Ports } from "../exec/ports.ts";
import { ignoreRefusal } from "../exec/retry.ts";
import { endOfEither } from "../exec/signals.ts";
import { findSent } from "../exec/send.ts";
import type { Ends } from "../exec/send.ts";
import { BridgeError, mayHaveHappened } from "../kernel/errors.ts";
import type { KilledCommand } from "../kernel/outcome.ts";
import type { Answer } from "./answer.ts";
import { answerOf, awaitScript, scriptWork, sendScript } from "./run-script.ts";
import type { NodeOptions, Work } from "./run-script.ts";
import { composeRemove } from "./script.ts";
import type { NodePorts } from "./ports.ts";
import { isRunId } from "./trail.ts";

/** The node as a copy sees it: takes scripts, gives answers. */
export type Node = {
  run(work: Work, signal: AbortSignal): Promise<Answer>;
  /** Ends what a process that died has left there: the commands that had not answered, by their ids or run ids, and its private files. */
  takeOver(ids: readonly string[]): Promise<void>;
  /** Leaves nothing of an unfinished copy there, once, whoever asks for it; answers what is known of its commands. */
  end(): Promise<KilledCommand>;
  /** Of the last command that AWS has accepted. */
  commandId(): string | undefined;
};

export function openNode(
  ports: NodePorts,
  options: NodeOptions,
  last: AbortSignal,
): Node {
  const state: State = {
    unanswered: new Set(),
    hasPieces: false,
    mayRunUnknown: false,
    mayHaveBegun: false,
    left: "never-began",
  };
  let ending: Promise<KilledCommand> | undefined;
  return {
    run: (work, signal) =>
      run(ports, options, { work, state }, { signal, last }),
    takeOver: (ids) => takeOver(ports, options, { ids, state }, last),
    end: () => (ending ??= end(ports, options, state, last)),
    commandId: () => state.commandId,
  };
}

/** What is known of a copy's commands. */
type State = {
  /** Those that did not answer: they may run, or have been killed where they were. */
  unanswered: Set<CommandOnNode>;
  hasPieces: boolean;
  mayRunUnknown: boolean;
  commandId?: string;
  /** A command of which SSM has said that the node has it, or of which nothing is known. */
  mayHaveBegun: boolean;
  /** What became of the commands of a process that died. */
  left: KilledCommand;
};

async function run(
  ports: NodePorts,
  options: NodeOptions,
  { work, state }: { work: Work; state: State },
  ends: Ends,
): Promise<Answer> {
  const sent = await sendScript(ports, options, work, ends).catch(
    (error: unknown) => {
      state.mayRunUnknown ||= mayRun(error);
      throw error;
    },
  );
  const { commandId } = sent.command;
  state.commandId = commandId;
  state.unanswered.add(sent.command);
  const invocation = await awaitScript(
    ports,
    options,
    sent,
    ends.signal,
    (status) => {
      state.mayHaveBegun ||= status !== "Pending" && status !== "Delayed";
    },
  );
  const answer = answerUnlessUnbegun(options, invocation, () =>
    state.unanswered.delete(sent.command),
  );
  // a script that answers has removed what it made, but for a piece; the one that completes a file removes all pieces
  state.unanswered.delete(sent.command);
  await ports.trail.answered(commandId);
  if (answer.kind === "stored") state.hasPieces = true;
  if (answer.kind === "copied") state.hasPieces = false;
  return answer;
}

async function takeOver(
  ports: NodePorts,
  options: NodeOptions,
  { ids, state }: { ids: readonly string[]; state: State },
  last: AbortSignal,
): Promise<void> {
  // what has answered may have left pieces
  state.hasPieces = true;
  state.mayHaveBegun = true;
  const found = await findLeft(ports, options, ids, last).catch(
    (error: unknown) => {
      state.mayRunUnknown = true;
      throw error;
    },
  );
  for (const command of found) {
    state.unanswered.add(command);
    state.commandId = command.commandId;
  }
  state.left = await clearAway(ports, options, state, last);
  if (state.left === "unconfirmed") return;
  state.unanswered.clear();
  state.hasPieces = false;
}

async function end(
  ports: NodePorts,
  options: NodeOptions,
  state: State,
  last: AbortSignal,
): Promise<KilledCommand> {
  const { unanswered, hasPieces, mayRunUnknown } = state;
  const isUntouched = state.commandId === undefined && !hasPieces;
  if (isUntouched && !mayRunUnknown) return state.left;
  if (unanswered.size === 0 && !hasPieces && !mayRunUnknown) return "ended";
  return clearAway(ports, options, state, last);
}

/** The commands of a process that died; one that AWS had not answered is looked up. */
async function findLeft(
  ports: Ports,
  { instanceId, deliveryTimeoutSeconds }: NodeOptions,
  ids: readonly string[],
  last: AbortSignal,
): Promise<CommandOnNode[]> {
  const giveUpAtEpochMs = ports.clock.now() + deliveryTimeoutSeconds * 1_000;
  const find = async (id: string) =>
    isRunId(id)
      ? findSent(
          ports,
          { instanceId, runId: id, giveUpAtEpochMs },
          { signal: last, last },
        )
      : { commandId: id, instanceId };
  const found = await Promise.all(ids.map(find));
  return found.filter((command) => command !== undefined);
}

/** Nobody knows whether AWS has accepted it. */
function mayRun(error: unknown): boolean {
  const isUnknown = error instanceof BridgeError && error.code === "cancelled";
  return isUnknown || mayHaveHappened(error);
}

/** A command that AWS ended before it reached the node left nothing there. */
function answerUnlessUnbegun(
  options: NodeOptions,
  invocation: Invocation,
  onUnbegun: () => void,
): Answer {
  try {
    return answerOf(options, invocation);
  } catch (error) {
    if (hasNotStarted(error)) onUnbegun();
    throw error;
  }
}

async function clearAway(
  ports: NodePorts,
  options: NodeOptions,
  { unanswered, mayRunUnknown, ...state }: State,
  last: AbortSignal,
): Promise<KilledCommand> {
  const cancels = await cancelAll(ports, unanswered, last);
  const mayHaveBegun = state.hasPieces || state.mayHaveBegun;
  const isSure = unanswered.size > 0 && !mayHaveBegun && !mayRunUnknown;
  if (cancels === "never-began" && isSure) return "never-began";
  let isRemoved = await removeTraces(ports, options, last);
  if (cancels === "refused") {
    // that has ended a fetch; a piece that was being kept at that moment is there now
    await awaitEnds(ports, unanswered, last);
    isRemoved = await removeTraces(ports, options, last);
  }
  if (!isRemoved)
    ports.log.note(
      `${options.target}: what the unfinished copy left could not be removed: .rundeck-ssm-copy-* beside the destination`,
    );
  return isRemoved && cancels !== "unconfirmed" && !mayRunUnknown
    ? "ended"
    : "unconfirmed";
}

/** `refused`: CancelCommand is denied, or has no answer, for one of them. */
async function cancelAll(
  ports: Ports,
  commands: Iterable<CommandOnNode>,
  last: AbortSignal,
): Promise<"never-began" | "confirmed" | "unconfirmed" | "refused"> {
  const cancels = await Promise.all(
    Array.from(commands, (command) => cancelCommand(ports, command, last)),
  );
  if (cancels.every(hasNotBegun)) return "never-began";
  if (cancels.every(({ kind }) => kind === "confirmed")) return "confirmed";
  return cancels.every(
    ({ kind }) => kind !== "refused" && kind !== "unanswered",
  )
    ? "unconfirmed"
    : "refused";
}

/** How long a command may take to end when its private files are gone. */
const endLimitMs = 10_000;

async function awaitEnds(
  ports: Ports,
  commands: Iterable<CommandOnNode>,
  last: AbortSignal,
): Promise<void> {
  const limit = { untilEpochMs: ports.clock.now() + endLimitMs };
  await Promise.all(
    Array.from(commands, (command) =>
      followCommand(ports, command, { limit }, last).catch(ignoreRefusal),
    ),
  );
}

/** A command that did not reach the node left nothing there. */
function hasNotStarted(error: unknown): boolean {
  return (
    error instanceof BridgeError &&
    (error.code === "delivery-timeout" || error.code === "node-unreachable")
  );
}

const removalLimitMs = 15_000;
const removalTimeoutSeconds = 60;

/** Answers whether the node says that nothing is left. Never throws for AWS's refusals. */
async function removeTraces(
  ports: NodePorts,
  options: NodeOptions,
  last: AbortSignal,
): Promise<boolean> {
  const limited = {
    ...options,
    executionTimeoutSeconds: removalTimeoutSeconds,
    deliveryTimeoutSeconds: removalTimeoutSeconds,
  };
  const untilEpochMs = ports.clock.now() + removalLimitMs;
  const work = scriptWork(options.to, composeRemove(options.to));
  const limit = endOfEither(last, ports.clock.deadline(removalLimitMs));
  const ends = { signal: limit, last: limit };
  const answer = await sendScript(ports, limited, work, ends)
    .then((sent) =>
      awaitScript(ports, limited, { ...sent, untilEpochMs }, limit),
    )
    .then((invocation) => answerOf(limited, invocation))
    .catch((error: unknown) =>
      limit.aborted ? undefined : ignoreRefusal(error),
    );
  return answer?.kind === "removed";
}
