import { randomBytes } from "node:crypto";
import { openSsm } from "../aws/ssm.ts";
import { planCommand } from "../command/plan.ts";
import { runCommand } from "../exec/run.ts";
import type { Host } from "../rundeck/host.ts";
import { composeComment } from "../rundeck/comment.ts";
import { selectVariables } from "../settings/pass-variables.ts";
import type { ExecutorSettings, NodeSettings } from "../settings/settings.ts";
import { endingOfOutcome } from "./exit.ts";
import type { Ending } from "./exit.ts";
import { openClients } from "./open-ports.ts";
import type { Shell } from "./process.ts";

/** settings → credentials → clients → plan → run → ending. */
export async function runExecutor(
  shell: Shell,
  host: Host,
  settings: ExecutorSettings,
): Promise<Ending> {
  const target = describeNode(settings);
  warnOfSecrets(shell, host, target);
  const runId = newRunId();
  const plan = planCommand({
    ...settings,
    target,
    platform: settings.osFamily,
    command: host.command,
    runId,
    comment: composeComment(host.execution, runId),
    variables: selectVariables(host.variables, settings.passVariables),
  });
  const open = await openClients(settings, host.execution, process.env);
  const ssm = openSsm(await open("ssm"), target, shell.clock);
  const { clock, log, signal, stdout, stderr } = shell;
  const outcome = await runCommand(
    {
      ssm,
      clock,
      log,
      random: Math.random,
      // loaded by those runs alone that have a log group
      openLogs: async () => {
        const { openLogs } = await import("../aws/logs.ts");
        return openLogs(await open("logs"), target, clock);
      },
      openBucket: async (bucket) => {
        const { openObjects } = await import("../aws/objects.ts");
        return openObjects(await open("s3"), { bucket }, target, clock);
      },
    },
    plan,
    {
      newRunId,
      output: (stream, bytes) =>
        (stream === "stdout" ? stdout : stderr).write(bytes),
    },
    signal,
  );
  ssm.close();
  return endingOfOutcome(outcome, target, (name) =>
    nameSetting(settings, name),
  );
}

/** "node web-1 (i-…, us-east-1)", as every message begins. */
export function describeNode(settings: NodeSettings): string {
  const { nodeName, instanceId, region } = settings;
  return nodeName === "" || nodeName === instanceId
    ? `node ${instanceId} (${region})`
    : `node ${nodeName} (${instanceId}, ${region})`;
}

/** A setting and where its value came from. */
export function nameSetting(settings: NodeSettings, name: string): string {
  const source = settings.sources.get(name);
  return source === undefined ? `${name} (default)` : `${name} (${source})`;
}

/** 24 hex digits, as the runner wants them. */
export function newRunId(): string {
  return randomBytes(12).toString("hex");
}

/** A secret in the command is readable in AWS's history, and on the node's disk: a warning, since the user may know. */
function warnOfSecrets(shell: Shell, host: Host, target: string): void {
  const shown = host.secureValues.some((secret) =>
    host.command.includes(secret.reveal()),
  );
  if (shown)
    shell.log.note(
      `${target}: the command holds the value of a secure option, which AWS keeps in its command history and CloudTrail; let the node fetch it instead`,
    );
}
