import type { Ended } from "../command/runner/report.ts";
import { readBare } from "../output/bare.ts";
import { streamNames } from "../output/chunk.ts";
import type { Captured, Reply } from "../output/packed.ts";
import { recover } from "./gather.ts";
import { tellLimits } from "./limits.ts";
import {
  deliver,
  isComplete,
  reportOf,
  restByReply,
  throwRefusal,
  verify,
} from "./log-run.ts";
import type { LogRun } from "./log-run.ts";

/**
 * Delivers what of an ended command's output has not come through CloudWatch Logs: from SSM's own reply where that holds all, else
 * by a follow-up from the node's files. Says once why that was needed.
 */
export async function finishLogs(
  run: LogRun,
  { group }: { group: string },
  reply: Reply,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  if (run.plan.runner === "none") return finishBare(run, group, reply);
  await deliverReply(run, reply);
  throwRefusal(run);
  const recovered = streamNames.every((stream) => isComplete(run, stream))
    ? undefined
    : await deliverRest(run, signal);
  throwRefusal(run);
  const report = reportOf(run);
  if (recovered) tellLimits(run, recovered);
  if (report?.kind !== "ended") return recovered;
  tellFallback(run, group);
  if (!recovered?.cut.length) verify(run, report);
  tellLimits(run, report);
  return report;
}

/** A reply that SSM has not cut is the whole text of both streams. */
async function deliverReply(run: LogRun, reply: Reply): Promise<void> {
  const whole = readBare(reply);
  if (whole.cut) return;
  await deliverText(run, {
    stdout: whole.stdout.subarray(run.texts.stdout.textBytes()),
    stderr: whole.stderr.subarray(run.texts.stderr.textBytes()),
  });
}

/**
 * What a follow-up finds: the runner's private files if it was killed, the text that the agent kept if it has ended. Answers the
 * account of what was found.
 */
async function deliverRest(
  run: LogRun,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  const recovered = await recover(
    run,
    {
      stdoutTextFrom: run.texts.stdout.textBytes(),
      stderrTextFrom: run.texts.stderr.textBytes(),
    },
    signal,
  );
  if (!recovered) return undefined;
  const { ending } = recovered.report;
  if (ending.kind === "unseen" && ending.from === "agent")
    await deliverText(run, recovered.captured);
  else
    for (const stream of streamNames)
      await deliver(run, stream, recovered.captured[stream]);
  return recovered.report;
}

async function deliverText(run: LogRun, text: Captured): Promise<void> {
  for (const stream of streamNames)
    await deliver(
      run,
      stream,
      run.texts[stream].pushText(text[stream].toString()),
    );
}

/** Without the runner there is no account: SSM's reply tells the end of what it has not cut. */
async function finishBare(
  run: LogRun,
  group: string,
  reply: Reply,
): Promise<undefined> {
  run.progress.reply = reply;
  const nothing = run.progress.ends.every((end) => !end.seen);
  if (nothing) {
    const whole = readBare(reply);
    await run.delivery.writeRest(whole);
    if (whole.stdout.length + whole.stderr.length > 0) tellFallback(run, group);
    return;
  }
  for (const stream of streamNames)
    await deliver(
      run,
      stream,
      restByReply(run, stream) ?? run.texts[stream].rest(),
    );
}

/** Why the output did not come, or not all of it, as it should have. */
function tellFallback(
  { ports, plan, progress: { ends } }: LogRun,
  group: string,
): void {
  if (ends.some((end) => end.kind === "refused" || end.kind === "aborted"))
    return; // told before, or nobody waits for it
  const failed = ends.find((end) => end.kind === "settled" && end.failure);
  const failure = failed?.kind === "settled" ? failed.failure : undefined;
  const why = failure
    ? failure.message
    : ends.some((end) => end.seen)
      ? `${plan.target}: a part of the output has not come to log group ${group}`
      : `${plan.target}: nothing of the output has come to log group ${group}: it is missing, or the node's role may not write to it (logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents)`;
  ports.log.note(`${why}; the output came through SSM instead`);
}
