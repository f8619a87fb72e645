import { BridgeError } from "../kernel/errors.ts";
import type { KilledCommand } from "../kernel/outcome.ts";
import { composeRemove } from "../command/runner/compose.ts";
import type { Ended } from "../command/runner/report.ts";
import type { Reply } from "../output/packed.ts";
import { endCommand, hasNotBegun } from "./cancel.ts";
import type { Cancelling } from "./cancel.ts";
import { ignoreRefusal } from "./retry.ts";
import { endOfEither } from "./signals.ts";
import { replyOf } from "./watch.ts";
import type { Run, Watcher } from "./watch.ts";

/** What is left of a command that we gave up is fetched and cleared away within this time. */
const clearUpLimitMs = 30_000;
const lostLimitMs = 10_000;

/** What is known of a command that was ended; `report` where its runner had told the end, and only the answer was lost. */
export type Stopped = { command: KilledCommand; report?: Ended };

/** Ends a command that is not waited for any longer, delivers what it wrote, and leaves nothing of it on the node. Answers what is known of it. */
export async function stopCommand(
  run: Run,
  watcher: Watcher,
  { status, isKilled }: { status: string; isKilled: boolean },
): Promise<Stopped> {
  const { ports, plan, command, followUp, last } = run;
  const cancelling = await endCommand(ports, plan, command, { followUp, last });
  switch (cancelling.kind) {
    case "refused":
      ports.log.note(describeRefusal(cancelling.failure, plan.target));
      return { command: "goes-on" };
    case "unconfirmed":
    case "unanswered": {
      // A node that took the command and whose answer got lost takes a follow-up: its files are not left there. Nobody waits for it
      // after a kill.
      const mayTell =
        !isKilled && status === "InProgress" && plan.runner === "full";
      return {
        command: "unconfirmed",
        ...(mayTell ? await askLost(run, watcher) : {}),
      };
    }
    case "confirmed":
      return unbegun.has(status) &&
        hasNotBegun(cancelling) &&
        !(await watcher.hasBegun?.(last))
        ? { command: "never-began" }
        : { command: await settleKilled(run, watcher, cancelling) };
  }
}

/** What SSM says of a command that no node has. */
const unbegun = new Set(["Pending", "NotVisible", "Delayed"]);

function describeRefusal(failure: BridgeError, target: string): string {
  return failure.failure?.denied
    ? `${target}: ssm:CancelCommand is denied, so the command goes on; add the action to the policy`
    : `${failure.message}; the command could not be cancelled, so it goes on`;
}

async function askLost(
  run: Run,
  watcher: Watcher,
): Promise<Pick<Stopped, "report">> {
  const reply = { stdout: "", stderr: "" };
  const left = { reply, mayHoldFiles: true, limitMs: lostLimitMs };
  const cleared = await clearUp(run, watcher, left);
  return cleared.kind === "cleared" && cleared.report
    ? { report: cleared.report }
    : {};
}

async function settleKilled(
  run: Run,
  watcher: Watcher,
  { invocation, isPartLeft }: Extract<Cancelling, { kind: "confirmed" }>,
): Promise<KilledCommand> {
  const { ports, plan } = run;
  const cleared = await clearUp(run, watcher, {
    reply: replyOf(invocation),
    // a cancel may kill the runner between its last line, which tells all, and the removal of its private files
    mayHoldFiles: plan.runner === "full" && invocation.status === "Cancelled",
    limitMs: clearUpLimitMs,
  });
  if (cleared.kind === "cleared")
    // what has left its tree and its environment can be seen, not always ended
    return cleared.report?.left || isPartLeft ? "goes-on" : "ended";
  ports.log.note(
    `${plan.target}: what the command wrote before it was ended could not be fetched (${cleared.why})`,
  );
  return plan.runner === "full" ? "unconfirmed" : "ended";
}

type Cleared =
  | { kind: "cleared"; report: Ended | undefined }
  /** `why`: a code-word, or that there was no time. */
  | { kind: "failed"; why: string };

/** Delivers what is left of the output, and removes the private files. */
async function clearUp(
  { ports, plan, followUp, last, spool }: Run,
  watcher: Watcher,
  {
    reply,
    mayHoldFiles,
    limitMs,
  }: { reply: Reply; mayHoldFiles: boolean; limitMs: number },
): Promise<Cleared> {
  const { runId, platform } = plan;
  const until = endOfEither(last, ports.clock.deadline(limitMs));
  try {
    const report = await watcher.finish(reply, until);
    const isHeld = spool.state === "left";
    if (isHeld || (mayHoldFiles && spool.state === "unknown")) {
      const removal = followUp(composeRemove({ runId, platform }), until);
      // where all has been fetched its failure says nothing of the command
      await (isHeld ? removal.catch(ignoreRefusal) : removal);
    }
    return { kind: "cleared", report };
  } catch (error) {
    if (error instanceof BridgeError)
      return { kind: "failed", why: error.code };
    if (until.aborted) return { kind: "failed", why: "no time left" };
    throw error;
  }
}
