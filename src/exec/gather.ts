import { BridgeError, extend, nameSettingIn } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import { graceSeconds } from "../command/plan.ts";
import { composePage, composeRecover } from "../command/runner/compose.ts";
import { parseReport } from "../command/runner/report.ts";
import type { Ended, Refusal } from "../command/runner/report.ts";
import { readBare } from "../output/bare.ts";
import { fetchInline } from "../output/inline.ts";
import type { Captured, Reply } from "../output/packed.ts";
import {
  exceedsLimit,
  fetchByBucket,
  isForBucket,
  pagesOf,
} from "./fetch-object.ts";
import { tellLimits } from "./limits.ts";
import { verify } from "./verify.ts";
import type { Run } from "./watch.ts";

/**
 * Delivers what is left of the output of a command that has ended, and answers its runner's account. Where the runner could
 * not give one (it was cancelled, killed, or its reply got lost) a follow-up makes sure that the command is dead and fetches
 * what it wrote.
 * Throws `setting-invalid` if the runner refused the command, `output-incomplete` if its output cannot be had whole.
 */
export async function gather(
  run: Run,
  reply: Reply,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  const { ports, plan, delivery } = run;
  if (plan.runner === "none") return gatherBare(run, reply);
  const report = parseReport(reply.stdout, plan.runId);
  if (report?.kind === "refused")
    throw refused(ports.subject, report.reason, sentenceOf(reply));
  if (report?.kind === "ended" && delivery.passOver(report)) {
    if (pagesOf(report) > 1) run.spool.state = "left";
    tellLimits(run, report);
    return report;
  }
  if (report?.kind === "ended" && isDelivered(run, report)) {
    run.spool.state = "left";
    verify(run, report);
    tellLimits(run, report);
    return report;
  }
  const bucket = plan.outputBucket;
  if (report?.kind === "ended" && bucket && isForBucket(run, report)) {
    if (await fetchByBucket(run, bucket, report, signal)) {
      ports.log.debug?.(`output: through the bucket ${bucket}`);
      verify(run, report);
      tellLimits(run, report);
      return report;
    }
  }
  if (
    report?.kind !== "ended" ||
    isFetchedTwice(run, report) ||
    exceedsLimit(run, report)
  ) {
    const recovered = await recover(run, {}, signal);
    if (!recovered && report) throw gone(plan.target);
    if (!recovered) return gatherBare(run, reply);
    ports.log.debug?.("output: found on the node, by a further command");
    const lost = lostReply(run, recovered);
    if (lost) return gather(run, lost, signal);
    await Promise.all([
      delivery.write("stdout", recovered.captured.stdout),
      delivery.write("stderr", recovered.captured.stderr),
    ]);
    verify(run, recovered.report);
    tellLimits(run, recovered.report);
    return recovered.report;
  }
  ports.log.debug?.(
    `output: inside SSM's replies (${Math.max(1, pagesOf(report))})`,
  );
  await delivery.writeRest(await fetchWhole(run, report, reply, signal));
  verify(run, report);
  tellLimits(run, report);
  return report;
}

/** A kill came after the last byte, when only the command's files were still to be removed from the node. */
function isDelivered({ delivery: { delivered } }: Run, report: Ended): boolean {
  return (
    pagesOf(report) > 1 &&
    delivered.stdout === report.stdoutBytes &&
    delivered.stderr === report.stderrBytes
  );
}

/** What an agent has kept is the runner's own reply where only the way from agent to AWS lost it: it tells the end, too. */
function lostReply(
  { plan, delivery: { delivered } }: Run,
  { report, captured }: { report: Ended; captured: Captured },
): Reply | undefined {
  const { ending } = report;
  if (ending.kind !== "unseen" || ending.from !== "agent") return undefined;
  if (delivered.stdout + delivered.stderr > 0) return undefined;
  const reply = {
    stdout: captured.stdout.toString(),
    stderr: captured.stderr.toString(),
  };
  return parseReport(reply.stdout, plan.runId)?.kind === "ended"
    ? reply
    : undefined;
}

/** Further pages would bring again what polls have brought before; the rest alone is less. */
function isFetchedTwice(
  { delivery: { delivered } }: Run,
  report: Ended,
): boolean {
  return delivered.stdout + delivered.stderr > 0 && pagesOf(report) > 1;
}

/** What a follow-up finds of a run, from where delivery stopped; undefined if there is nothing of it on the node. */
export async function recover(
  run: Run,
  /** How much of each stream's text has been read, if it came as the agent's text. */
  text: { stdoutTextFrom?: number; stderrTextFrom?: number },
  signal: AbortSignal,
): Promise<{ report: Ended; captured: Captured } | undefined> {
  const { plan, command, delivery, followUp } = run;
  const { runId, platform } = plan;
  const reply = await followUp(
    composeRecover({
      runId,
      platform,
      graceSeconds,
      maxBytes: plan.outputLimitBytes,
      commandId: command.commandId,
      keep: run.spool.isHeld,
      delivered: {
        stdoutFrom: delivery.delivered.stdout,
        stderrFrom: delivery.delivered.stderr,
        stdoutTextFrom: 0,
        stderrTextFrom: 0,
        ...text,
      },
    }),
    signal,
  );
  const report = parseReport(reply.stdout, runId);
  if (report?.kind === "gone") run.spool.state = "removed";
  if (!report || report.kind === "gone") return undefined;
  if (report.kind === "refused")
    throw refused(run.ports.subject, report.reason, sentenceOf(reply));
  const captured = await fetchWhole(run, report, reply, signal);
  run.spool.state = run.spool.isHeld ? "left" : "removed";
  return { report, captured };
}

async function fetchWhole(
  { plan, followUp, spool }: Run,
  report: Ended,
  reply: Reply,
  signal: AbortSignal,
): Promise<Captured> {
  const { runId, platform, target } = plan;
  if (pagesOf(report) > 1) spool.state = "left";
  return fetchInline(report, reply, async (page, isLast) => {
    const last = isLast && !spool.isHeld;
    const text = composePage({ runId, platform, page, last });
    if (!last) return followUp(text, signal, { mayRepeat: true });
    const further = await followUp(text, signal);
    spool.state = "removed";
    return further;
  }).catch((error: unknown) => {
    throw located(error, target);
  });
}

/** Only the first page of a large output is in the runner's reply. */
function gone(target: string): BridgeError {
  return new BridgeError(
    "output-incomplete",
    `${target}: the command's output is no longer on the node`,
  );
}

/** The output as SSM itself gives it, cut or not. */
async function gatherBare(
  { ports, plan, delivery }: Run,
  reply: Reply,
): Promise<undefined> {
  const captured = readBare(reply);
  await delivery.writeRest(captured);
  if (captured.cut)
    ports.log.note(
      plan.runner === "full"
        ? `${plan.target}: SSM has cut the output, and the node has no more of it`
        : `${plan.target}: SSM has cut the output; ssm-runner=full or cloudwatch-log-group gives all of it`,
    );
}

/** The runner's own words, the line of stderr that begins with our name. */
function sentenceOf(reply: Reply): string | undefined {
  return /^rundeck-ssm: .*$/m.exec(reply.stderr)?.[0];
}

/**
 * Why a node's runner did not start the command. `sentence`: its own words, which begin with the setting that they are about; the node
 * does not know where that was set.
 */
export function refused(
  subject: Subject,
  reason: Refusal,
  sentence: string | undefined,
): BridgeError {
  const words = sentence
    ?.replace(/^rundeck-ssm: /, "")
    .replace(/failed to run commands.*/s, "")
    .trimEnd();
  return new BridgeError(
    reason === "no-room" || reason === "no-start"
      ? "output-incomplete"
      : "setting-invalid",
    `${subject.target}: ${words === undefined ? "the node refused the settings of the command" : nameSettingIn(words, subject)}`,
  );
}

/** Names the node in an error of the pure readers. */
export function located(error: unknown, target: string): unknown {
  return error instanceof BridgeError && !error.message.startsWith(target)
    ? extend(error, `${target}: ${error.message}`)
    : error;
}
