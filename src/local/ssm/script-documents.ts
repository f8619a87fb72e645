import type { ScriptStep, Step } from "../node/message.ts";
import { stepFolder } from "../node/orchestration.ts";
import { updateAgent } from "./agent-plugins.ts";
import type { Document, DocumentPlatform, NodePlatform } from "./document.ts";
import type { DocumentParameter, Parameters } from "./parameters.ts";

type ScriptPlugin = "aws:runShellScript" | "aws:runPowerShellScript";

/** A document of the user's own: its `commands` parameter is what a shell runs. */
export type CustomDocument = {
  name: string;
  platforms?: DocumentPlatform[];
  /** Default: on each platform its own, and the other one's step is skipped there. */
  plugin?: ScriptPlugin;
  /** Names of parameters beside those of AWS-RunShellScript. They change nothing. */
  extraParameters?: string[];
  /** Lines that the document puts around the commands. */
  before?: string[];
  after?: string[];
};

/** Source: AWS-RunShellScript, as GetDocument gives it. */
const scriptParameters: Record<string, DocumentParameter> = {
  commands: { type: "StringList" },
  workingDirectory: { type: "String", default: "" },
  executionTimeout: {
    type: "String",
    default: "3600",
    allowedPattern: "^[1-9][0-9]{0,5}$",
  },
};

/** AWS's documents that run a script or update the agent. They are of schema 1, where plugins have no names of their own. */
export const awsDocuments: Document[] = [
  {
    ...common("AWS-RunShellScript", ["aws:runShellScript"]),
    owner: "Amazon",
    description: "Run a shell script or specify the commands to run.",
    platforms: ["Linux", "MacOS"],
    parameters: scriptParameters,
    stepsOf: (given) => [scriptStep("aws:runShellScript", given)],
  },
  {
    ...common("AWS-RunPowerShellScript", ["aws:runPowerShellScript"]),
    owner: "Amazon",
    description:
      "Run a PowerShell script or specify the paths to scripts to run.",
    platforms: ["Windows", "Linux", "MacOS"],
    parameters: scriptParameters,
    stepsOf: (given) => [scriptStep("aws:runPowerShellScript", given)],
  },
  {
    ...common("AWS-RunRemoteScript", [
      "aws:downloadContent",
      "aws:runPowerShellScript",
      "aws:runShellScript",
    ]),
    owner: "Amazon",
    description: "Execute scripts stored in a remote location.",
    platforms: ["Windows", "Linux", "MacOS"],
    parameters: {
      sourceType: { type: "String", allowedValues: ["GitHub", "S3"] },
      sourceInfo: { type: "StringMap" },
      commandLine: { type: "String" },
      workingDirectory: { type: "String", default: "" },
      executionTimeout: { type: "String", default: "3600" },
    },
    stepsOf: remoteScriptSteps,
  },
  {
    ...common("AWS-UpdateSSMAgent", ["aws:updateSsmAgent"]),
    owner: "Amazon",
    description:
      "Update the Amazon SSM Agent to the latest version or specified version.",
    platforms: ["Windows", "Linux", "MacOS"],
    parameters: {
      version: {
        type: "String",
        description:
          "(Optional) A specific version of the Amazon SSM Agent to install. If not specified, the agent will be updated to the latest version.",
        default: "",
      },
      allowDowngrade: {
        type: "String",
        description:
          "(Optional) Allow the Amazon SSM Agent service to be downgraded to an earlier version.",
        allowedValues: ["true", "false"],
        default: "false",
      },
    },
    stepsOf: ({ version = [""] }) => [
      {
        kind: "script",
        plugin: "aws:updateSsmAgent",
        commands: updateAgent({ version: version[0] ?? "" }),
        workingDirectory: "",
        timeoutSeconds: 3_600,
      },
    ],
  },
];

function common(
  name: string,
  plugins: string[],
): Pick<Document, "name" | "type" | "schemaVersion" | "plugins" | "body"> {
  return {
    name,
    type: "Command",
    schemaVersion: "1.2",
    plugins: plugins.map((plugin) => ({
      name: plugin,
      folder: stepFolder({ plugin }),
    })),
    body: {
      runtimeConfig: Object.fromEntries(
        plugins.map((plugin) => [plugin, { properties: [] }]),
      ),
    },
  };
}

export function customDocument(custom: CustomDocument): Document {
  const {
    name,
    platforms = ["Linux"],
    extraParameters = [],
    before = [],
    after = [],
  } = custom;
  const plugins = pluginsOf(custom.plugin, platforms);
  return {
    ...common(name, plugins),
    owner: "self",
    description: name,
    platforms,
    parameters: {
      ...scriptParameters,
      ...Object.fromEntries(
        extraParameters.map((it) => [it, { type: "String", default: "" }]),
      ),
    },
    stepsOf: (given, platform) =>
      chooseSteps(plugins, platform, (plugin) => {
        const step = scriptStep(plugin, given);
        return { ...step, commands: [...before, ...step.commands, ...after] };
      }),
  };
}

function pluginsOf(
  plugin: ScriptPlugin | undefined,
  platforms: DocumentPlatform[],
): ScriptPlugin[] {
  if (plugin !== undefined) return [plugin];
  const own = platforms.map((platform) =>
    platform === "Windows" ? "aws:runPowerShellScript" : "aws:runShellScript",
  );
  return [...new Set(own)];
}

/** Of a document with a step for each platform the node runs its own, and says of the other one that it was skipped. */
function chooseSteps(
  plugins: ScriptPlugin[],
  platform: NodePlatform,
  stepOf: (plugin: ScriptPlugin) => ScriptStep,
): Step[] {
  const own =
    platform === "Windows" ? "aws:runPowerShellScript" : "aws:runShellScript";
  return plugins.map((plugin) =>
    plugins.length === 1 || plugin === own
      ? stepOf(plugin)
      : { kind: "skipped", plugin },
  );
}

function scriptStep(plugin: ScriptPlugin, given: Parameters): ScriptStep {
  return {
    kind: "script",
    plugin,
    commands: given.commands ?? [],
    workingDirectory: given.workingDirectory?.[0] ?? "",
    timeoutSeconds: Number(given.executionTimeout?.[0] ?? 3_600),
  };
}

function remoteScriptSteps(given: Parameters, platform: NodePlatform): Step[] {
  const download: Step = {
    kind: "download",
    plugin: "aws:downloadContent",
    sourceUrl: parseSourcePath(given.sourceInfo?.[0] ?? ""),
  };
  const scripts = chooseSteps(
    ["aws:runPowerShellScript", "aws:runShellScript"],
    platform,
    (plugin) => ({
      ...scriptStep(plugin, given),
      commands: given.commandLine ?? [],
      afterDownload: true,
    }),
  );
  return [download, ...scripts];
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
