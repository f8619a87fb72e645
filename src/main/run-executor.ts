import { planCommand } from "../command/plan.ts";
import type { CommandPlan } from "../command/plan.ts";
import { listValues } from "../command/rundeck-words.ts";
import { nameSetting, stateSetting } from "../settings/name.ts";
import { runCommand } from "../exec/run.ts";
import type { LeftRun } from "../exec/run.ts";
import { parseTrace, writeTrace } from "../exec/trace.ts";
import type { Tell } from "../exec/trace.ts";
import type { Host } from "../rundeck/host.ts";
import { composeComment } from "../rundeck/comment.ts";
import { selectVariables } from "../settings/pass-variables.ts";
import type { ExecutorSettings, NodeSettings } from "../settings/settings.ts";
import type { Subject } from "../kernel/errors.ts";
import { openServicesOf } from "./debug.ts";
import { endingOfOutcome } from "./exit.ts";
import type { Ending } from "./exit.ts";
import { newObjectName } from "./names.ts";
import { outputOf } from "./shell.ts";
import type { Resume, Shell } from "./shell.ts";
import { warnOfRegion, warnOfSecrets } from "./warnings.ts";

/** settings → services → plan → run → ending. */
export async function runExecutor(
  shell: Shell,
  host: Host,
  settings: ExecutorSettings,
): Promise<Ending> {
  const subject = describeSubject(settings);
  warnOfSecrets(shell.log, host, subject);
  warnOfRegion(shell.log, settings, subject);
  const { clock, environment, log, signal, last } = shell;
  const { execution } = host;
  const { instanceId } = settings;
  const asker = { settings, execution, environment, subject };
  const { ssm, openLogs, openObjects } = openServicesOf(shell, asker);
  const left = shell.resume && readLeft(shell.resume);
  const newRunId = (work: () => string) =>
    left?.trace.runId ?? ssm.newRunId({ instanceId, work });
  const plan = planRun(newRunId, host, settings, subject);
  const { outcome, commandId } = await runCommand(
    {
      ssm,
      clock,
      log,
      random: Math.random,
      subject,
      told: new Set(),
      openLogs,
      openBucket: (bucket) =>
        openObjects({ bucket, setting: "ssm-output-bucket" }),
    },
    plan,
    {
      newObjectName,
      output: outputOf(shell),
      ...(left ? { left } : {}),
      ...tellerOf(shell),
    },
    { signal, last },
  );
  ssm.close();
  return endingOfOutcome(outcome, subject, commandId);
}

/** Runs that differ by their node alone may have one id, and be sent at once. */
function planRun(
  newRunId: (work: () => string) => string,
  host: Host,
  settings: ExecutorSettings,
  subject: Subject,
): CommandPlan {
  const secrets = host.secureValues.map((secret) => secret.reveal());
  const plan = (runId: string) =>
    planCommand({
      ...settings,
      ...subject,
      platform: settings.osFamily,
      command: host.command,
      runId,
      comment: composeComment(host.execution, runId),
      variables: selectVariables(host.variables, settings.passVariables),
      values: listValues(host.variables, secrets),
    });
  const work = () =>
    JSON.stringify({ ...plan("0".repeat(24)).request, instanceId: "" });
  return plan(newRunId(work));
}

function readLeft({ trace, ...printed }: Resume): LeftRun {
  return { trace: parseTrace(trace), printed };
}

function tellerOf({ trace }: Shell): { tell?: Tell } {
  return trace ? { tell: (told) => trace(writeTrace(told)) } : {};
}

/** What messages name. A setting comes with the value that counts and the layer that it is from; no secret is among what is named so. */
export function describeSubject(settings: NodeSettings): Subject {
  return {
    target: describeNode(settings),
    setting: (name) => nameSetting(settings, name),
    state: (name) => stateSetting(settings, name),
  };
}

/** "node web-1 (i-…, us-east-1)", as every message begins. */
export function describeNode(settings: NodeSettings): string {
  const { nodeName, instanceId, region } = settings;
  return nodeName === "" || nodeName === instanceId
    ? `node ${instanceId} (${region})`
    : `node ${nodeName} (${instanceId}, ${region})`;
}
