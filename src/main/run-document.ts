import type { CommandPlan } from "../command/plan.ts";
import { checkDocument } from "../command/document/check.ts";
import type { Checked } from "../command/document/check.ts";
import type { DocumentDescription } from "../command/document/description.ts";
import { readGiven } from "../command/document/given.ts";
import { planDocument } from "../command/document/plan.ts";
import { BridgeError } from "../kernel/errors.ts";
import { composeComment, composeOwnComment } from "../rundeck/comment.ts";
import type { Host } from "../rundeck/host.ts";
import { holdsSecureValue } from "../rundeck/secure-values.ts";
import { openDocumentServices } from "../services/document-services.ts";
import type { StepSettings } from "../settings/parse-step.ts";
import { describeDocument } from "./describe-document.ts";
import { endingOfMistakes, endingOfOutcome } from "./exit.ts";
import type { Ending } from "./exit.ts";
import { describeSubject } from "./run-executor.ts";
import { runSteps } from "./run-steps.ts";
import type { Shell } from "./shell.ts";

/** settings → services → description → check → plan → run → ending. */
export async function runDocument(
  shell: Shell,
  host: Host,
  settings: StepSettings,
): Promise<Ending> {
  const subject = describeSubject(settings);
  const { clock, environment, log } = shell;
  const given = readParameters(settings, subject.target);
  warnOfSecrets(shell, host, settings, subject.target);
  const { execution } = host;
  const asker = { settings, execution, environment, subject };
  const services = openDocumentServices(asker, clock);
  const ports = {
    ...services,
    clock,
    log,
    random: Math.random,
    subject,
    told: new Set<"untaken">(),
  };
  const description = await describeDocument(ports, settings, shell.signal);
  const checked = checkDocument({
    document: settings.document,
    given,
    ...(description ? { description } : {}),
    ...(settings.saysFamily ? { family: settings.osFamily } : {}),
    isSecret: (text) => holdsSecret(host, text),
  });
  if (checked.kind === "wrong")
    return endingOfMistakes(subject.target, checked.mistakes);
  const { instanceId } = settings;
  const runId = services.ssm.newRunId({ instanceId, work: () => "" });
  const told = { ...subject, runId, host };
  const plan = planRun(settings, checked, description, told);
  const { outcome, commandId } = await runSteps(shell, ports, plan, settings);
  services.ssm.close();
  services.documents.close();
  return endingOfOutcome(outcome, subject, commandId);
}

function readParameters({ parameters }: StepSettings, target: string) {
  const given = readGiven(parameters);
  if (given.kind === "given") return given.parameters;
  throw new BridgeError(
    "setting-invalid",
    `${target}: the step's property parameters can't be read: ${given.why}`,
  );
}

function planRun(
  settings: StepSettings,
  { parameters }: Extract<Checked, { kind: "right" }>,
  description: DocumentDescription | undefined,
  { target, runId, host }: { target: string; runId: string; host: Host },
): CommandPlan {
  const { comment } = settings;
  return planDocument({
    ...settings,
    ...(description ? { description } : {}),
    parameters,
    target,
    runId,
    comment:
      comment === undefined
        ? composeComment(host.execution, runId)
        : composeOwnComment(comment, runId),
  });
}

function holdsSecret(host: Host, text: string): boolean {
  return host.secureValues.some((secret) =>
    holdsSecureValue(text, secret.reveal()),
  );
}

/** A secret among the parameters is readable in AWS's history: a warning, since the user may know. */
function warnOfSecrets(
  { log }: Shell,
  host: Host,
  { parameters }: StepSettings,
  target: string,
): void {
  if (holdsSecret(host, parameters))
    log.note(
      `${target}: the parameters hold the value of a secure option, which AWS keeps in its command history and CloudTrail; name a parameter of Parameter Store instead ({{ssm:NAME}})`,
    );
}
