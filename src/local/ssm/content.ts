import type { ScriptStep, Step } from "../node/message.ts";
import { stepFolder } from "../node/orchestration.ts";
import { agentPlugins } from "./agent-plugins.ts";
import type { Document, DocumentPlatform, NodePlatform } from "./document.ts";
import {
  type DocumentParameter,
  type Parameters,
  textOf,
  valuesOf,
} from "./parameters.ts";

/** A document as its author writes it: schema 2.2, with as many steps as it likes. */
export type ContentDocument = {
  name: string;
  owner?: "Amazon" | "self";
  /** Default: Command. */
  type?: Document["type"];
  /** Default: Linux. */
  platforms?: DocumentPlatform[];
  /** The oldest first. */
  versions: DocumentContent[];
  /** Default: 1, as AWS has it until somebody says otherwise. */
  defaultVersion?: number;
};

export type DocumentContent = {
  description?: string;
  parameters?: Record<string, DocumentParameter>;
  mainSteps: ContentStep[];
};

/** `{{ name }}` in its inputs stands for a parameter. Source: Systems Manager user guide, "Command document plugin reference". */
export type ContentStep = {
  /** `aws:runShellScript`, `aws:runPowerShellScript`, or a plugin of the agent's own (`agent-plugins.ts`). */
  action: string;
  name: string;
  precondition?: { StringEquals: [string, string] };
  inputs: {
    runCommand?: string[];
    workingDirectory?: string;
    timeoutSeconds?: string | number;
    onFailure?: "exit" | "successAndExit";
    onSuccess?: "exit";
    finallyStep?: boolean;
    [input: string]: unknown;
  };
};

/** One version of it. */
export function documentOfContent(
  {
    name,
    owner = "self",
    type = "Command",
    platforms = ["Linux"],
  }: Omit<ContentDocument, "versions">,
  { description = name, parameters = {}, mainSteps }: DocumentContent,
): Document {
  return {
    name,
    owner,
    type,
    description,
    platforms,
    parameters,
    schemaVersion: "2.2",
    plugins: mainSteps.map((step) => ({
      name: step.name,
      folder: stepFolder({ id: step.name, plugin: step.action }),
    })),
    body: { mainSteps },
    stepsOf: (given, platform) => {
      const values = (parameter: string) => {
        const declared = parameters[parameter];
        return declared && valuesOf(given, parameter, declared);
      };
      return mainSteps.map((step) => stepOf(step, values, platform));
    },
  };
}

type Values = (parameter: string) => Parameters[string] | undefined;

function stepOf(
  step: ContentStep,
  values: Values,
  platform: NodePlatform,
): Step {
  const { action, name, inputs } = step;
  const reason = whyNot(step, platform);
  const place = {
    id: name,
    plugin: action,
    ...(inputs.onFailure === undefined ? {} : { onFailure: inputs.onFailure }),
    ...(inputs.onSuccess === undefined ? {} : { onSuccess: inputs.onSuccess }),
    ...(inputs.finallyStep ? { isFinally: true } : {}),
  };
  if (reason !== undefined) return { ...place, kind: "skipped", reason };
  return {
    ...place,
    kind: "script",
    commands: commandsOf(step, values),
    workingDirectory: fill(inputs.workingDirectory ?? "", values),
    timeoutSeconds: Number(
      fill(String(inputs.timeoutSeconds ?? 3_600), values),
    ),
  } satisfies ScriptStep;
}

/** The agent's words for a step that is not this platform's. Source: SSM agent 3.3. */
function whyNot(
  { action, name, precondition }: ContentStep,
  platform: NodePlatform,
): string | undefined {
  if (platform === "Windows" && action === "aws:runShellScript")
    return `Step execution skipped due to unsupported plugin: ${action}. Step name: ${name}`;
  if (!precondition) return undefined;
  const [left, right] = precondition.StringEquals;
  const asked = left === "platformType" ? right : left;
  return asked.toLowerCase() === platform.toLowerCase()
    ? undefined
    : `Step execution skipped due to unsatisfied preconditions: '"StringEquals": [${left}, ${right}]'. Step name: ${name}`;
}

function commandsOf({ action, inputs }: ContentStep, values: Values): string[] {
  const work = agentPlugins[action];
  if (!work)
    return (inputs.runCommand ?? []).flatMap((line) => fillLine(line, values));
  const filled = Object.entries(inputs).map(
    ([name, value]) => [name, fill(textOf(value), values)] as const,
  );
  return work(Object.fromEntries(filled));
}

/** A line that is nothing but a list parameter becomes its lines. */
function fillLine(line: string, values: Values): string[] {
  const whole = /^\s*\{\{\s*(\w+)\s*\}\}\s*$/.exec(line)?.[1];
  const lines = whole === undefined ? undefined : values(whole);
  return lines ?? [fill(line, values)];
}

function fill(text: string, values: Values): string {
  return text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (reference, name: string) => {
    const found = values(name);
    if (!found) return reference;
    return found.length === 1 ? (found[0] ?? "") : JSON.stringify(found);
  });
}
