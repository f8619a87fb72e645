import type { CommandOnNode } from "../aws/ssm.ts";
import { cancelCommand } from "../exec/cancel.ts";
import { followCommand } from "../exec/follow.ts";
import type { Ports } from "../exec/ports.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Answer } from "./answer.ts";
import { followScript, scriptWork, sendScript } from "./run-script.ts";
import type { NodeOptions, Work } from "./run-script.ts";
import { composeRemove } from "./script.ts";

/** The node as a copy sees it: takes scripts, gives answers. Disposing of it leaves nothing of an unfinished copy there. */
export type Node = AsyncDisposable & {
  run(work: Work, signal: AbortSignal): Promise<Answer>;
};

export function openNode(ports: Ports, options: NodeOptions): Node {
  /** Commands that did not answer: they may run, or have been killed where they were. */
  const unanswered = new Set<CommandOnNode>();
  let hasPieces = false;
  let mayRunUnknown = false;
  return {
    run: async (work, signal) => {
      const sent = await sendScript(ports, options, work, signal).catch(
        (error: unknown) => {
          mayRunUnknown ||= isUncertain(error);
          throw error;
        },
      );
      unanswered.add(sent.command);
      const answer = await followScript(ports, options, sent, signal).catch(
        (error: unknown) => {
          if (hasNotStarted(error)) unanswered.delete(sent.command);
          throw error;
        },
      );
      // a script that answers has removed what it made, but for a piece; the one that completes a file removes all pieces
      unanswered.delete(sent.command);
      if (answer.kind === "stored") hasPieces = true;
      if (answer.kind === "copied") hasPieces = false;
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      if (unanswered.size === 0 && !hasPieces && !mayRunUnknown) return;
      const areEnded = await cancelAll(ports, unanswered);
      let isRemoved = await removeTraces(ports, options);
      if (!areEnded) {
        // that has ended a fetch; a piece that was being kept at that moment is there now
        await awaitEnds(ports, unanswered);
        isRemoved = await removeTraces(ports, options);
      }
      if (!isRemoved)
        ports.log.note(
          `${options.target}: what the unfinished copy left could not be removed: .rundeck-ssm-${options.to.copyId}* beside the destination`,
        );
    },
  };
}

/** Answers whether AWS has shown the end of all of them. It does not where CancelCommand is denied. */
async function cancelAll(
  ports: Ports,
  commands: Iterable<CommandOnNode>,
): Promise<boolean> {
  const cancels = await Promise.all(
    Array.from(commands, (command) => cancelCommand(ports, command)),
  );
  return cancels.every(({ kind }) => kind === "confirmed");
}

/** How long a command may take to end when its private files are gone. */
const endLimitMs = 15_000;

async function awaitEnds(
  ports: Ports,
  commands: Iterable<CommandOnNode>,
): Promise<void> {
  const overdueAtEpochMs = ports.clock.now() + endLimitMs;
  const never = new AbortController().signal;
  await Promise.all(
    Array.from(commands, (command) =>
      followCommand(ports, command, { overdueAtEpochMs }, never).catch(
        ignoreRefusal,
      ),
    ),
  );
}

/** What AWS refuses while we clean up is no news: what counts is what is left. */
function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof BridgeError)) throw error;
}

/** A send without an answer may have been accepted; what AWS refused was not. */
function isUncertain(error: unknown): boolean {
  return (
    error instanceof BridgeError &&
    (error.code === "aws-silent" || error.code === "aws-failing")
  );
}

/** A command that did not reach the node left nothing there. */
function hasNotStarted(error: unknown): boolean {
  return (
    error instanceof BridgeError &&
    (error.code === "delivery-timeout" || error.code === "node-unreachable")
  );
}

const removalLimitMs = 30_000;
const removalTimeoutSeconds = 60;

/** Answers whether the node says that nothing is left. Never throws for AWS's refusals. */
async function removeTraces(
  ports: Ports,
  options: NodeOptions,
): Promise<boolean> {
  const limited = {
    ...options,
    executionTimeoutSeconds: removalTimeoutSeconds,
    deliveryTimeoutSeconds: removalTimeoutSeconds,
  };
  const limit = ports.clock.deadline(removalLimitMs);
  const work = scriptWork(options.to, composeRemove(options.to));
  const answer = await sendScript(ports, limited, work, limit)
    .then((sent) => followScript(ports, limited, sent, limit))
    .catch((error: unknown) =>
      limit.aborted ? undefined : ignoreRefusal(error),
    );
  return answer?.kind === "removed";
}
