import type { StepState } from "../../aws/documents.ts";
import type { Invocation } from "../../aws/ssm.ts";
import { readBare } from "../../output/bare.ts";
import { streamNames } from "../../output/chunk.ts";
import { finishLogs } from "../finish-logs.ts";
import { isFinal } from "../follow.ts";
import { openLogRun } from "../log-run.ts";
import type { LogRun } from "../log-run.ts";
import { callOf, retry, silenceLimitMs } from "../retry.ts";
import { readStream, tellRefusals } from "../watch-logs.ts";
import type { LogTarget } from "../watch-logs.ts";
import { replyOf } from "../watch.ts";
import { codeOf, isFailure } from "./conclude.ts";
import { namelessStep } from "./steps.ts";
import type { Steps } from "./steps.ts";

/** Shows a step from its beginning to its end: while it runs where a log group has its output, else when it has ended. */
export async function showStep(
  steps: Steps,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const target = targetOf(steps, name);
  await (target
    ? streamStep(steps, name, target, signal)
    : untilEnded(steps, name, signal));
  if (!signal.aborted) await endStep(steps, name, signal);
}

/** Shows what is left of a step that has ended. */
export async function endStep(
  steps: Steps,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { write, shown } = steps;
  const state = stateOf(steps, name);
  if (state.status === "Skipped") await write.close(name, "Skipped");
  else {
    const reply = await readReply(steps, name, signal);
    await showRest(steps, name, reply, signal);
    await write.close(name, describe(state, reply));
  }
  shown.add(name);
}

function describe(state: StepState, reply: Invocation): string {
  const code = codeOf(state, reply);
  return isFailure(state) && code >= 0
    ? `${state.status}, code ${code}`
    : state.status;
}

async function showRest(
  steps: Steps,
  name: string,
  invocation: Invocation,
  signal: AbortSignal,
): Promise<void> {
  const reply = replyOf(invocation);
  const target = targetOf(steps, name);
  if (target) {
    const logRun = logRunOf(steps, name);
    await finishLogs(logRun, target, reply, signal);
    return;
  }
  const { ports, plan } = steps.run;
  const captured = readBare(reply);
  for (const stream of streamNames)
    await steps.write.write(name, stream, captured[stream]);
  if (captured.cut)
    ports.log.note(
      `${plan.target}: SSM has cut the output of step ${name}; cloudwatch-log-group gives all of it`,
    );
}

/** Reads both streams of a step while it runs. */
async function streamStep(
  steps: Steps,
  name: string,
  target: LogTarget,
  signal: AbortSignal,
): Promise<void> {
  const logRun = logRunOf(steps, name);
  const logs = await steps.openLogs();
  const ended = new AbortController();
  const reported = new AbortController();
  const reading = Promise.all(
    streamNames.map(async (stream) => {
      const reader = { logs, stream, signals: { ended, reported } };
      logRun.streams[stream] = await readStream(logRun, target, reader, signal);
    }),
  );
  // it is awaited below; until then a failure of its must not count as unhandled
  reading.catch(() => undefined);
  await untilEnded(steps, name, signal);
  if (!signal.aborted)
    logRun.reply = replyOf(
      stateOf(steps, name).status === "Skipped"
        ? nothing
        : await readReply(steps, name, signal),
    );
  ended.abort();
  await reading;
  tellRefusals(logRun);
}

const nothing = { status: "", responseCode: 0, stdout: "", stderr: "" };

async function untilEnded(
  steps: Steps,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const hasEnded = () => steps.isEnded || isFinal(stateOf(steps, name).status);
  while (!hasEnded() && !signal.aborted) await steps.bell.next(signal);
}

function stateOf({ listing }: Steps, name: string): StepState {
  return (
    listing.steps.find((step) => step.name === name) ?? {
      name,
      status: "Pending",
      responseCode: -1,
    }
  );
}

async function readReply(
  { run, replies }: Steps,
  name: string,
  signal: AbortSignal,
): Promise<Invocation> {
  const known = replies.get(name);
  if (known) return known;
  const { ports, command } = run;
  const untilEpochMs = ports.clock.now() + silenceLimitMs;
  const patience = { silenceMs: silenceLimitMs, untilEpochMs };
  const reply = await retry(ports, patience, signal, () =>
    ports.ssm.read(
      name === namelessStep ? command : { ...command, plugin: name },
      callOf(ports, signal),
    ),
  );
  replies.set(name, reply);
  return reply;
}

/** The agent names a stream by its step, without what a stream's name may not have. Source: SSM agent 3.3. */
function targetOf(
  { source: { logs } }: Steps,
  name: string,
): LogTarget | undefined {
  return logs && name !== namelessStep
    ? { kind: "logs", plugin: name.replaceAll(/[:*]/g, "-"), ...logs }
    : undefined;
}

/** What a step's streams have brought, written under its name. */
function logRunOf(steps: Steps, name: string): LogRun {
  const known = steps.logRuns.get(name);
  if (known) return known;
  const { run, write } = steps;
  const logRun = openLogRun({
    ...run,
    delivery: {
      ...run.delivery,
      write: (stream, bytes) => write.write(name, stream, bytes),
    },
  });
  steps.logRuns.set(name, logRun);
  return logRun;
}
