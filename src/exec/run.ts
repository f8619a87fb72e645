import { BridgeError } from "../kernel/errors.ts";
import type { Outcome } from "../kernel/outcome.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import type { CommandPlan } from "../command/plan.ts";
import type { Output } from "../output/chunk.ts";
import { openDelivery } from "../output/delivery.ts";
import { composeRemove } from "../command/runner/compose.ts";
import { openFollowUp } from "./follow-up.ts";
import { tagErrors, tagLog } from "./command-id.ts";
import { discardLeft } from "./fetch-object.ts";
import type { FollowUp, OutputPorts, Ports } from "./ports.ts";
import { ignoreRefusal } from "./retry.ts";
import { findSent, sendCommand } from "./send.ts";
import type { Ends } from "./send.ts";
import { settle, settleReport } from "./settle.ts";
import { stopCommand } from "./stop.ts";
import { replyOf } from "./watch.ts";
import type { Run, Watched, Watcher } from "./watch.ts";
import type { Tell, Trace } from "./trace.ts";
import { watchLogs } from "./watch-logs.ts";
import { watchByPolls, watchEnd } from "./watch-spool.ts";

/** A page of output waits behind others in a busy node's queue, as the command itself did: at least this long. */
const followUpLimitMs = 90_000;

/** How a command ended, and its id, unless AWS never had it. */
export type Ran = { outcome: Outcome; commandId?: string };

/** A run's ties to the process that it is in. */
export type Job = {
  output: Output;
  newObjectName: () => string;
  /** Told before each step that another process has to know of to go on from there; absent where none will. */
  tell?: Tell;
  /** The run of a process that died, which is gone on with. */
  left?: LeftRun;
  /** How its output comes, where that is none of the plan's ways. */
  openWatcher?: (run: Run) => Watcher;
};

/** What is known of it: what it has told, and how much of the output it has handed on. */
export type LeftRun = {
  trace: Trace;
  printed: { stdoutBytes: number; stderrBytes: number };
};

/**
 * Runs a command on a node: send, follow, output, outcome; or goes on with one that was sent. When `signal` aborts (Rundeck has killed the job) the command is
 * cancelled at once, also one whose send has not been answered yet, and what it wrote is still delivered.
 * Throws what we could not do; how the command itself ended is the outcome.
 */
export async function runCommand(
  ports: Ports & OutputPorts,
  plan: CommandPlan,
  job: Job,
  { signal, last }: Ends,
): Promise<Ran> {
  const command = await begin(ports, plan, job, { signal, last });
  if (!command) return { outcome: { kind: "killed", command: "never-began" } };
  const { commandId } = command;
  await job.tell?.({ runId: plan.runId, commandId });
  const tagged = { ...ports, log: tagLog(ports.log, commandId) };
  const run = openRun(tagged, plan, { ...job, command, last });
  const watcher = (job.openWatcher ?? openWatcher)(run);
  const outcome = await watchRun(run, watcher, signal)
    .catch(tagErrors(commandId))
    .finally(() => discardLeft(run));
  return { outcome, commandId };
}

/** The command on its node, sent once, whoever sends it; undefined if a kill came before. */
async function begin(
  ports: Ports,
  plan: CommandPlan,
  { left, tell }: Job,
  ends: Ends,
): Promise<CommandOnNode | undefined> {
  const { runId, request, timeouts } = plan;
  const { instanceId } = request;
  const commandId = left?.trace.commandId;
  if (commandId !== undefined) return { commandId, instanceId };
  const giveUpAtEpochMs = ports.clock.now() + timeouts.deliverySeconds * 1_000;
  const sending = { request, runId, giveUpAtEpochMs };
  const sent =
    left && (await findSent(ports, { ...sending, instanceId }, ends));
  if (sent) return sent;
  await tell?.({ runId });
  return sendCommand(ports, sending, ends);
}

function openRun(
  ports: Ports & OutputPorts,
  plan: CommandPlan,
  {
    command,
    last,
    output,
    newObjectName,
    tell,
    left,
  }: Job & { command: CommandOnNode; last: AbortSignal },
): Run {
  const limitMs = Math.max(
    followUpLimitMs,
    plan.timeouts.deliverySeconds * 1_000,
  );
  const followUp: FollowUp = openFollowUp(ports, plan, { limitMs });
  const { runId } = plan;
  const { commandId } = command;
  const leftObject = left?.trace.objectName;
  return {
    ports,
    plan,
    command,
    delivery: openDelivery(output, ports.clock, left?.printed),
    followUp,
    newObjectName,
    last,
    spool: { state: "unknown", isHeld: tell !== undefined },
    tellObject: async (objectName) => tell?.({ runId, commandId, objectName }),
    ...(leftObject === undefined ? {} : { leftObject }),
  };
}

async function watchRun(
  run: Run,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Outcome> {
  const { plan, delivery } = run;
  const options = {
    limit: plan.timeouts,
    begunAt: () => delivery.firstAtEpochMs(),
  };
  let status = "Pending";
  try {
    const watched = await watcher.follow(options, signal);
    if (watched.kind === "told") return watched.outcome;
    if (watched.kind === "ended")
      return await settleEnded(run, watcher, watched.invocation, signal);
    if (watched.kind === "aborted") ({ status } = watched);
    else return await giveUp(run, watcher, watched);
  } catch (error) {
    if (!signal.aborted) throw error;
    status = "InProgress";
  }
  const how = { status, isKilled: true };
  const { command } = await stopCommand(run, watcher, how);
  return { kind: "killed", command };
}

/** Ends a command that is not waited for any longer, and says why it is not. */
async function giveUp(
  run: Run,
  watcher: Watcher,
  watched: Extract<Watched, { kind: "overdue" | "lost" }>,
): Promise<Outcome> {
  const { plan } = run;
  const status = watched.kind === "overdue" ? watched.status : "InProgress";
  const how = { status, isKilled: false };
  const { report } = await stopCommand(run, watcher, how);
  const told = report && settleReport(report, plan);
  if (told) return told;
  if (watched.kind === "lost")
    throw new BridgeError(
      "node-unreachable",
      `${plan.target}: SSM has lost the node while it had the command, which ${watched.hasBegun ? "was running" : "was not seen to begin"}; its cancel was asked for, and how it ended is not known`,
    );
  if (watched.failure) throw watched.failure;
  if (status !== "InProgress")
    return {
      kind: "delivery-timeout",
      afterSeconds: plan.deliveryTimeoutSeconds,
    };
  return watched.hasBegun
    ? {
        kind: "execution-timeout",
        afterSeconds: plan.executionTimeoutSeconds,
      }
    : {
        kind: "never-begun",
        afterSeconds:
          plan.deliveryTimeoutSeconds + plan.executionTimeoutSeconds,
      };
}

function openWatcher(run: Run): Watcher {
  const { watch } = run.plan;
  run.ports.log.debug?.(`output: ${watchWords[watch.kind]}`);
  switch (watch.kind) {
    case "logs":
      return watchLogs(run, watch);
    case "polls":
      return watchByPolls(run);
    case "end":
      return watchEnd(run);
  }
}

const watchWords = {
  logs: "while the command runs, through CloudWatch Logs",
  polls: "while the command runs, by further commands",
  end: "when the command has ended",
} as const;

/** Ended before it could start: there is nothing to recover. */
const neverStarted = new Set([
  "DeliveryTimedOut",
  "Undeliverable",
  "Terminated",
  "InvalidPlatform",
  "AccessDenied",
]);

async function settleEnded(
  run: Run,
  watcher: Watcher,
  invocation: Invocation,
  signal: AbortSignal,
): Promise<Outcome> {
  const report = neverStarted.has(invocation.status)
    ? undefined
    : await watcher
        .finish(replyOf(invocation), signal)
        .catch(async (error: unknown) => {
          // wrong bytes do not become right: nobody comes back for the files
          if (
            error instanceof BridgeError &&
            error.code === "output-incomplete"
          )
            await removeLeft(run);
          throw error;
        });
  await removeLeft(run);
  return settle({ invocation, report, ...run.plan });
}

/** Private files that had to stay until all was handed on. What can't be removed now a later command's runner removes. */
async function removeLeft({ plan, spool, followUp, last }: Run): Promise<void> {
  if (spool.state !== "left") return;
  const { runId, platform } = plan;
  await followUp(composeRemove({ runId, platform }), last).catch(ignoreRefusal);
}
