import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { type LocalClock, sleep } from "../clock.ts";
import {
  type AgentTimings,
  copyToLogs,
  createLogGroup,
  type LogCalls,
  type LogCopy,
} from "./cloudwatch.ts";
import type { NodeBuckets } from "./buckets.ts";
import type { Pipes } from "./fifos.ts";
import { environmentOf, type Home } from "./home.ts";
import { interpreterOf, isWindowsPath } from "./interpreter.ts";
import { type AgentMessage, nameOfStep, type ScriptStep } from "./message.ts";
import type { NodeFacts } from "./facts.ts";
import {
  appendSentence,
  downloadsFolder,
  layScript,
  readHead,
  stepFolder,
  type ScriptFiles,
} from "./orchestration.ts";
import {
  combineStreams,
  addSteering,
  judge,
  type PluginReply,
  rebootExitCode,
  truncateStream,
} from "./reply.ts";
import { runScript, type ScriptEnd } from "./script.ts";

export type StepTools = {
  facts: NodeFacts;
  home: Home;
  /** The program that runs Windows' PowerShell, on a Windows node. */
  powershell: string | undefined;
  pipes: Pipes;
  clock: LocalClock;
  timings: AgentTimings;
  logCalls: LogCalls;
  buckets: NodeBuckets;
  clientEnvironment: () => Record<string, string>;
  /** The script asked for a reboot. Answers false when the machine does not come up again. */
  reboot(): boolean;
};

/** Runs one script of a command and makes the agent's answer of it. Undefined: the machine is down and will not answer. */
export async function runScriptStep(
  message: AgentMessage,
  step: ScriptStep,
  cancel: AbortSignal,
  tools: StepTools,
): Promise<PluginReply | undefined> {
  const startedAtMs = tools.clock.now();
  const { commandId, logGroupName } = message;
  const files = await layScript(
    tools.home.orchestrationFolder,
    commandId,
    step,
  );
  if (logGroupName !== undefined)
    await createLogGroup(logGroupName, tools.logCalls);
  const copies = startCopies(message, step, files, tools);

  const end = await runUntilNoReboot(
    () => startScript(commandId, step, files, cancel, tools),
    tools,
  );
  if (end === undefined) {
    for (const copy of copies) copy.abandon();
    return undefined;
  }
  const { stderrSuffix, ...verdict } = judge(end);
  await appendSentence(files.stderr, stderrSuffix);
  for (const copy of copies) await copy.finish();
  await uploadStreams(message, step, files, tools);

  const [stdout, stderr] = await Promise.all([
    readHead(files.stdout),
    readHead(files.stderr),
  ]);
  return {
    name: nameOfStep(step),
    ...verdict,
    ...addSteering(verdict.responseCode, {
      stdout: truncateStream(stdout),
      stderr: truncateStream(stderr),
    }),
    output: combineStreams(stdout, stderr),
    startedAtMs,
    finishedAtMs: tools.clock.now(),
  };
}

/** A script that returns 194 reboots the machine and then runs again from its first line, for as long as it returns 194. */
async function runUntilNoReboot(
  start: () => Promise<ScriptEnd>,
  tools: StepTools,
): Promise<ScriptEnd | undefined> {
  for (;;) {
    const end = await start();
    if (end.kind !== "exited" || end.exitCode !== rebootExitCode) return end;
    if (!tools.reboot()) return undefined;
  }
}

async function startScript(
  commandId: string,
  step: ScriptStep,
  files: ScriptFiles,
  cancel: AbortSignal,
  tools: StepTools,
): Promise<ScriptEnd> {
  const { home, facts } = tools;
  const cwd = await workingFolder(
    step.afterDownload === true
      ? downloadsFolder(home.orchestrationFolder, commandId)
      : home.folder,
    isWindowsPath(step.workingDirectory) ? "" : step.workingDirectory,
  );
  if (cwd === undefined)
    return {
      kind: "not-started",
      reason: `chdir ${step.workingDirectory}: no such file or directory`,
    };
  const interpreter = await interpreterOf(step, files, tools);
  if (interpreter.kind === "missing")
    return {
      kind: "not-started",
      reason: `exec: "${interpreter.name}": executable file not found in $PATH`,
    };
  return await runScript(
    {
      ...interpreter,
      cwd,
      env: {
        ...environmentOf(home, facts, commandId),
        ...tools.clientEnvironment(),
        ...interpreter.env,
        PWD: cwd,
      },
      stdoutFile: files.stdout,
      stderrFile: files.stderr,
      timeoutMs: agentTimeoutSeconds(step.timeoutSeconds) * 1_000,
      cancel,
    },
    tools,
  );
}

/** The agent silently takes an hour for what it finds out of range. */
function agentTimeoutSeconds(seconds: number): number {
  return seconds >= 5 && seconds <= 172_800 ? seconds : 3_600;
}

/** A relative folder that does not exist is ignored; an absolute one fails the script (undefined). */
async function workingFolder(
  base: string,
  asked: string,
): Promise<string | undefined> {
  if (asked === "") return base;
  const folder = resolve(base, asked);
  const exists = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (exists) return folder;
  return isAbsolute(asked) ? undefined : base;
}

function startCopies(
  { commandId, logGroupName }: AgentMessage,
  step: ScriptStep,
  files: ScriptFiles,
  tools: StepTools,
): LogCopy[] {
  if (logGroupName === undefined) return [];
  const plugin = nameOfStep(step).replaceAll(/[:*]/g, "-");
  const prefix = `${commandId}/${tools.facts.instanceId}/${plugin}`;
  return (["stdout", "stderr"] as const).map((stream) =>
    copyToLogs(
      {
        file: files[stream],
        logGroupName,
        logStreamName: `${prefix}/${stream}`,
      },
      {
        calls: tools.logCalls,
        clock: tools.clock,
        timings: tools.timings,
      },
    ),
  );
}

/** Output in S3: only at the end, only what is not empty; a failure never shows in the result. */
async function uploadStreams(
  { commandId, s3 }: AgentMessage,
  step: ScriptStep,
  files: ScriptFiles,
  tools: StepTools,
): Promise<void> {
  if (s3 === undefined) return;
  for (const stream of ["stdout", "stderr"] as const) {
    const { size } = await stat(files[stream]);
    if (size === 0) continue;
    const key = [
      ...(s3.prefix === "" ? [] : [s3.prefix]),
      outputKey(commandId, tools.facts.instanceId, stepFolder(step), stream),
    ].join("/");
    const status = await tools.buckets.upload(s3.bucket, key, files[stream]);
    if (status === 404) await sleep(tools.clock, tools.timings.missingBucketMs);
  }
}

/** Key of a stream in the output bucket, below the prefix. */
export function outputKey(
  commandId: string,
  instanceId: string,
  folder: string,
  stream: "stdout" | "stderr",
): string {
  return `${commandId}/${instanceId}/${folder}/${stream}`;
}
