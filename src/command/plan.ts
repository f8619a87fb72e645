import { BridgeError, extend, nameSettingIn } from "../kernel/errors.ts";
import type { SendRequest } from "../aws/ssm.ts";
import type { RundeckValue } from "./rundeck-words.ts";
import { composeRunner } from "./runner/compose.ts";
import type { RunnerRequest } from "./runner/request.ts";
import { writeForCmd } from "./windows-cmd.ts";
import { parseWindowsShell } from "./windows-shell.ts";
import { writeForPowerShell } from "./windows-words.ts";

/** A command for a node, before anything is known of AWS clients. */
export type CommandToRun = {
  instanceId: string;
  /** "node web-1 (i-…, us-east-1)" */
  target: string;
  platform: "unix" | "windows";
  /** The text as the user wrote it. */
  command: string;
  /** 24 hex digits: names the run's files on the node and is in the comment. The same for all nodes of one command. */
  runId: string;
  /** At most 100 characters, the run id among them. */
  comment: string;
  runner: "full" | "none";
  /** A document of the user's own with a parameter `commands`. */
  documentName?: string;
  runAs?: string;
  workingDirectory?: string;
  shell?: string;
  variables: ReadonlyMap<string, string>;
  /** What Rundeck may have put into the command, quoted for another shell than Windows' (`listValues`). */
  values?: readonly RundeckValue[];
  /** A setting as messages name it: with its value and layer. */
  setting?: (name: string) => string;
  executionTimeoutSeconds: number;
  deliveryTimeoutSeconds: number;
  /** How much of each stream is fetched through SSM. */
  outputLimitBytes: number;
  /** Whether a running command's output is asked for; CloudWatch Logs does without. */
  liveOutput: boolean;
  /** For output that is too large to be fetched through SSM. */
  outputBucket?: string;
  logGroup?: string;
  /** How much longer than usual events may take to show up in the group. */
  logRetrieveDelaySeconds: number;
};

/** How a command's output comes to us. */
export type Watch =
  /** Through CloudWatch Logs, while it runs. `plugin`: the agent's name for what runs the command, as its streams spell it. */
  | { kind: "logs"; group: string; plugin: string; settleMs: number }
  /** By asking the node every few seconds. */
  | { kind: "polls" }
  /** When it has ended. */
  | { kind: "end" };

/** What is sent, and how long it may take from the send to its end. */
export type CommandPlan = {
  request: SendRequest;
  runId: string;
  runner: "full" | "none";
  platform: "unix" | "windows";
  target: string;
  executionTimeoutSeconds: number;
  /** Whether the agent's time limit is ours: a document of the user's own may have one that we don't know. */
  isTimeoutOurs: boolean;
  deliveryTimeoutSeconds: number;
  outputLimitBytes: number;
  outputBucket?: string;
  watch: Watch;
  /** Our own bounds, which nothing can block. */
  timeouts: {
    deliverySeconds: number;
    executionSeconds: number;
    slackSeconds: number;
  };
};

/** Between TERM and KILL for a command that is timed out or killed. */
export const graceSeconds = 10;
/** The agent's own timeout comes after the runner's, its grace and its last words. Source: agent 3.3, values under 5 and over 172800 become 3600. */
const agentSlackSeconds = graceSeconds + 20;
const longestAgentTimeoutSeconds = 172_800;
/** What a command's end may take to reach us; an agent that uploads to CloudWatch may be a minute late. Source: SSM agent 3.3. */
const slackSeconds = 10;
const uploadSeconds = 75;

export function slackSecondsOf(logGroup: string | undefined): number {
  return logGroup === undefined ? slackSeconds : uploadSeconds;
}

/** Decides what goes to SendCommand. Throws `setting-invalid` for what the chosen runner cannot do. */
export function planCommand(toRun: CommandToRun): CommandPlan {
  const wrapped = toRun.runner === "full";
  const agentTimeoutSeconds = wrapped
    ? Math.min(
        toRun.executionTimeoutSeconds + agentSlackSeconds,
        longestAgentTimeoutSeconds,
      )
    : toRun.executionTimeoutSeconds;
  const { runId, runner, platform, target } = toRun;
  return {
    request: {
      instanceId: toRun.instanceId,
      documentName: documentOfRun(toRun),
      parameters: parameters(toRun, agentTimeoutSeconds),
      comment: toRun.comment,
      deliveryTimeoutSeconds: toRun.deliveryTimeoutSeconds,
      ...(toRun.logGroup === undefined ? {} : { logGroup: toRun.logGroup }),
    },
    runId,
    runner,
    platform,
    target,
    executionTimeoutSeconds: toRun.executionTimeoutSeconds,
    isTimeoutOurs: ownsParameters(documentOfRun(toRun)),
    deliveryTimeoutSeconds: toRun.deliveryTimeoutSeconds,
    outputLimitBytes: toRun.outputLimitBytes,
    ...(toRun.outputBucket === undefined
      ? {}
      : { outputBucket: toRun.outputBucket }),
    watch: chooseWatch(toRun),
    timeouts: {
      deliverySeconds: toRun.deliveryTimeoutSeconds,
      executionSeconds:
        toRun.executionTimeoutSeconds + (wrapped ? graceSeconds : 0),
      slackSeconds: slackSecondsOf(toRun.logGroup),
    },
  };
}

/** A short command of ours for the same node (a page of output, say), sent as `plan` was. */
export function planFollowUp(
  plan: CommandPlan,
  followUp: { text: string; runId: string; comment: string },
): CommandPlan {
  const seconds = 120;
  const deliverySeconds = Math.max(seconds, plan.deliveryTimeoutSeconds);
  const own = ownsParameters(plan.request.documentName);
  return {
    ...plan,
    runId: followUp.runId,
    request: {
      instanceId: plan.request.instanceId,
      documentName: plan.request.documentName,
      parameters: {
        commands: followUp.text.split("\n"),
        ...(own ? { executionTimeout: [String(seconds)] } : {}),
      },
      comment: followUp.comment,
      deliveryTimeoutSeconds: deliverySeconds,
    },
    executionTimeoutSeconds: seconds,
    deliveryTimeoutSeconds: deliverySeconds,
  };
}

/** AWS shows a finished command's last events within a second or two. */
export const usualSettleMs = 3_000;

/** A custom document's step is taken to have the name that AWS's own documents give it. Source: agent 3.3, names of streams. */
function chooseWatch(toRun: CommandToRun): Watch {
  const { logGroup, platform, runner, liveOutput } = toRun;
  if (logGroup !== undefined)
    return {
      kind: "logs",
      group: logGroup,
      plugin:
        platform === "windows"
          ? "aws-runPowerShellScript"
          : "aws-runShellScript",
      settleMs: usualSettleMs + toRun.logRetrieveDelaySeconds * 1_000,
    };
  return { kind: liveOutput && runner === "full" ? "polls" : "end" };
}

/** What goes through CloudWatch or S3 is not limited by what can be fetched through SSM, but by a node's disk. */
export const largestKeptBytes = 1_073_741_824;

function keptBytes(toRun: CommandToRun): number {
  return toRun.logGroup === undefined && toRun.outputBucket === undefined
    ? toRun.outputLimitBytes
    : Math.max(toRun.outputLimitBytes, largestKeptBytes);
}

function documentOfRun({ documentName, platform }: CommandToRun): string {
  return documentName ?? documentOf(platform);
}

function documentOf(platform: "unix" | "windows"): string {
  return platform === "windows"
    ? "AWS-RunPowerShellScript"
    : "AWS-RunShellScript";
}

/** Only AWS's own documents are known to take more than `commands`. Their ARNs have no account, which everybody else's have. */
function ownsParameters(documentName: string): boolean {
  const name = documentName.replace(
    /^arn:[a-z-]+:ssm:[a-z\d-]+::document\//,
    "",
  );
  return name === documentOf("unix") || name === documentOf("windows");
}

function parameters(
  toRun: CommandToRun,
  agentTimeoutSeconds: number,
): Record<string, string[]> {
  const text = toRun.runner === "full" ? wrap(toRun) : bare(toRun);
  const own = ownsParameters(documentOfRun(toRun));
  return {
    commands: text.split("\n"),
    ...(own ? { executionTimeout: [String(agentTimeoutSeconds)] } : {}),
    ...(own && toRun.runner === "none" && toRun.workingDirectory !== undefined
      ? { workingDirectory: [toRun.workingDirectory] }
      : {}),
  };
}

function wrap(toRun: CommandToRun): string {
  const request: RunnerRequest = {
    runId: toRun.runId,
    platform: toRun.platform,
    command: writeCommand(toRun),
    ...(toRun.runAs === undefined ? {} : { runAs: toRun.runAs }),
    ...(toRun.workingDirectory === undefined
      ? {}
      : { workingDirectory: toRun.workingDirectory }),
    ...(toRun.shell === undefined ? {} : { shell: toRun.shell }),
    timeoutSeconds: toRun.executionTimeoutSeconds,
    graceSeconds,
    variables: toRun.variables,
    maxBytes: keptBytes(toRun),
    live: toRun.logGroup !== undefined,
  };
  try {
    return composeRunner(request);
  } catch (error) {
    throw error instanceof BridgeError ? located(error, toRun) : error;
  }
}

/** The runner's text knows neither the node nor where a setting comes from. */
function located(
  error: BridgeError,
  { target, setting = (name) => name }: CommandToRun,
): BridgeError {
  return extend(
    error,
    `${target}: ${nameSettingIn(error.message, { setting })}`,
  );
}

/** The command alone. What only the runner can do is refused rather than left undone. */
function bare(toRun: CommandToRun): string {
  const wants = [
    toRun.runAs === undefined ? "" : "ssm-run-as",
    toRun.shell === undefined ? "" : "ssm-shell",
    toRun.variables.size === 0 ? "" : "ssm-pass-variables",
    toRun.workingDirectory === undefined || ownsParameters(documentOfRun(toRun))
      ? ""
      : "ssm-working-directory",
  ].find((name) => name !== "");
  if (wants)
    throw new BridgeError(
      "setting-invalid",
      `${toRun.target}: ${wants} needs the runner; set ssm-runner to full, or remove ${wants}`,
    );
  const { workingDirectory, setting = (name) => name } = toRun;
  if (workingDirectory !== undefined && !isAbsolute(workingDirectory, toRun))
    throw new BridgeError(
      "setting-invalid",
      `${toRun.target}: ${setting("ssm-working-directory")} is no absolute path, which the SSM agent passes over; write it in full, or set ssm-runner to full`,
    );
  return writeCommand(toRun);
}

function isAbsolute(
  folder: string,
  { platform }: Pick<CommandToRun, "platform">,
): boolean {
  return platform === "windows"
    ? /^(?:[a-z]:[\\/]|\\\\)/i.test(folder)
    : folder.startsWith("/");
}

/** The command as the shell of the node's platform shall read it. */
function writeCommand({
  platform,
  shell,
  command,
  values = [],
  target,
  setting = (name) => name,
}: CommandToRun): string {
  if (platform !== "windows") return command;
  return parseWindowsShell(shell, `${target}: ${setting("ssm-shell")}`) ===
    "cmd"
    ? writeForCmd(command, values, target)
    : writeForPowerShell(command, values, target);
}
