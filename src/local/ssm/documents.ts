import type { AgentMessage, ScriptStep, Step } from "../node/message.ts";
import { AwsFault } from "../protocol.ts";

export type Parameters = Record<string, string[]>;

/** A document of the user's own: its `commands` parameter is what a shell runs. */
export type CustomDocument = {
  name: string;
  platforms?: DocumentPlatform[];
  plugin?: ScriptStep["plugin"];
  /** Names of parameters beside those of AWS-RunShellScript. They change nothing. */
  extraParameters?: string[];
  /** Lines that the document puts around the commands. */
  before?: string[];
  after?: string[];
};

export type DocumentPlatform = "Linux" | "Windows" | "MacOS";

export type Document = {
  name: string;
  owner: "Amazon" | "self";
  description: string;
  platforms: DocumentPlatform[];
  /** Parameter names; true: required. */
  parameters: Record<string, boolean>;
  /** The plugins that answers tell about. */
  plugins: string[];
  stepsOf(parameters: Parameters): Step[];
};

export type Documents = {
  /** Throws InvalidDocument. Takes a name or an ARN. */
  find(name: string): Document;
  all(): Document[];
};

export function createDocuments(custom: CustomDocument[]): Documents {
  const all = [...awsDocuments, ...custom.map(documentOf)];
  const byName = new Map(all.map((document) => [document.name, document]));
  return {
    all: () => all,
    find: (nameOrArn) => {
      const name =
        /^arn:[^/]*:document\/(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
      const document = byName.get(name);
      if (!document)
        throw new AwsFault(
          "InvalidDocument",
          `Document with name ${name} does not exist.`,
        );
      return document;
    },
  };
}

const scriptParameters = {
  commands: true,
  workingDirectory: false,
  executionTimeout: false,
};

const awsDocuments: Document[] = [
  {
    name: "AWS-RunShellScript",
    owner: "Amazon",
    description: "Run a shell script or specify the commands to run.",
    platforms: ["Linux", "MacOS"],
    parameters: scriptParameters,
    plugins: ["aws:runShellScript"],
    stepsOf: (given) => [scriptStep("aws:runShellScript", given)],
  },
  {
    name: "AWS-RunPowerShellScript",
    owner: "Amazon",
    description:
      "Run a PowerShell script or specify the paths to scripts to run.",
    platforms: ["Windows", "Linux", "MacOS"],
    parameters: scriptParameters,
    plugins: ["aws:runPowerShellScript"],
    stepsOf: (given) => [scriptStep("aws:runPowerShellScript", given)],
  },
  {
    name: "AWS-RunRemoteScript",
    owner: "Amazon",
    description: "Execute scripts stored in a remote location.",
    platforms: ["Windows", "Linux", "MacOS"],
    parameters: {
      sourceType: true,
      sourceInfo: true,
      commandLine: true,
      workingDirectory: false,
      executionTimeout: false,
    },
    plugins: [
      "aws:downloadContent",
      "aws:runPowerShellScript",
      "aws:runShellScript",
    ],
    stepsOf: remoteScriptSteps,
  },
];

function documentOf(custom: CustomDocument): Document {
  const {
    name,
    platforms = ["Linux"],
    plugin = "aws:runShellScript",
    extraParameters = [],
    before = [],
    after = [],
  } = custom;
  return {
    name,
    owner: "self",
    description: name,
    platforms,
    parameters: {
      ...scriptParameters,
      ...Object.fromEntries(extraParameters.map((it) => [it, false])),
    },
    plugins: [plugin],
    stepsOf: (given) => {
      const step = scriptStep(plugin, given);
      return [{ ...step, commands: [...before, ...step.commands, ...after] }];
    },
  };
}

function scriptStep(
  plugin: ScriptStep["plugin"],
  given: Parameters,
): ScriptStep {
  return {
    kind: "script",
    plugin,
    commands: given.commands ?? [],
    workingDirectory: given.workingDirectory?.[0] ?? "",
    timeoutSeconds: Number(given.executionTimeout?.[0] ?? 3_600),
  };
}

function remoteScriptSteps(given: Parameters): Step[] {
  const script = scriptStep("aws:runShellScript", given);
  return [
    {
      kind: "download",
      plugin: "aws:downloadContent",
      sourceUrl: parseSourcePath(given.sourceInfo?.[0] ?? ""),
    },
    { kind: "skipped", plugin: "aws:runPowerShellScript" },
    { ...script, commands: given.commandLine ?? [], afterDownload: true },
  ];
}

function parseSourcePath(sourceInfo: string): string {
  try {
    const parsed: unknown = JSON.parse(sourceInfo);
    return typeof parsed === "object" && parsed !== null && "path" in parsed
      ? String(parsed.path)
      : "";
  } catch {
    return "";
  }
}

/** `{{ssm:name}}` in a script is replaced from Parameter Store before the agent runs it; a name that is not there fails the step. */
export function resolveParameters(
  steps: Step[],
  store: ReadonlyMap<string, string>,
): AgentMessage["steps"] {
  return steps.map((step) =>
    step.kind === "script" ? resolveStep(step, store) : step,
  );
}

function resolveStep(
  step: ScriptStep,
  store: ReadonlyMap<string, string>,
): Step {
  const reference = /\{\{\s*ssm:([\w./-]+)\s*\}\}/g;
  const missing = step.commands
    .flatMap((line) => [...line.matchAll(reference)])
    .map(([, name = ""]) => name)
    .find((name) => !store.has(name));
  if (missing !== undefined)
    return { kind: "unresolved", plugin: step.plugin, parameter: missing };
  return {
    ...step,
    commands: step.commands.map((line) =>
      line.replace(reference, (_, name: string) => store.get(name) ?? ""),
    ),
  };
}
