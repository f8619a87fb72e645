import type { Ended } from "../command/runner/report.ts";
import { readBare } from "../output/bare.ts";
import { streamNames } from "../output/chunk.ts";
import type { StreamName } from "../output/chunk.ts";
import type { Reply } from "../output/packed.ts";
import { recover } from "./gather.ts";
import { tellLimits } from "./limits.ts";
import { accountOf, isComplete, isHeld, restByReply } from "./log-run.ts";
import type { LogRun } from "./log-run.ts";
import { verify } from "./verify.ts";

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
  const isWhole =
    accountOf(run) !== undefined &&
    streamNames.every((stream) => isComplete(run, stream));
  const recovered = isWhole ? undefined : await deliverRest(run, signal);
  const account = accountOf(run);
  if (recovered) tellLimits(run, recovered);
  if (!account) {
    if (recovered) verify(run, recovered);
    return recovered;
  }
  if (!account.incomplete) tellFallback(run, group);
  if (!recovered?.cut.length) verify(run, account);
  tellLimits(run, account);
  return account;
}

/** A reply that SSM has not cut is the whole text of both streams. */
async function deliverReply(run: LogRun, reply: Reply): Promise<void> {
  const whole = readBare(reply);
  if (whole.cut) return;
  for (const stream of streamNames)
    await deliverText(run, stream, run.texts[stream].restOf(whole[stream]));
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
  const isText = ending.kind === "unseen" && ending.from === "agent";
  for (const stream of streamNames) {
    const bytes = recovered.captured[stream];
    if (isText) await deliverText(run, stream, bytes);
    else await run.delivery.write(stream, bytes);
  }
  return recovered.report;
}

async function deliverText(
  run: LogRun,
  stream: StreamName,
  text: Buffer | undefined,
): Promise<void> {
  if (!text) return;
  const bytes = run.texts[stream].pushText(text.toString());
  await run.delivery.write(stream, bytes);
}

/** Without the runner there is no account: SSM's reply tells the end of what it has not cut. */
async function finishBare(
  run: LogRun,
  group: string,
  reply: Reply,
): Promise<undefined> {
  let isMissing = false;
  for (const stream of streamNames) {
    const rest = restByReply(run, stream, reply);
    if (rest && !isHeld(run, stream, rest)) isMissing = true;
    await run.delivery.write(stream, rest ?? run.texts[stream].rest());
  }
  if (isMissing) tellFallback(run, group);
}

/** Why the output did not come, or not all of it, as it should have. */
function tellFallback({ ports, plan, streams }: LogRun, group: string): void {
  const states = Object.values(streams);
  if (states.some(({ kind }) => kind === "refused" || kind === "aborted"))
    return; // told before, or nobody waits for it
  const failing = states.find((state) => state.kind === "failing");
  const why = failing
    ? failing.failure.message
    : states.some(({ kind }) => kind !== "absent")
      ? `${plan.target}: a part of the output has not come to log group ${group}`
      : `${plan.target}: nothing of the output has come to log group ${group}: it is missing, or the node's role may not write to it (logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents)`;
  ports.log.note(`${why}; the output came through SSM instead`);
}
