import type { Environment } from "./environment.ts";
import { expandReferences } from "./expand.ts";
import type { HostService } from "./host.ts";
import {
  optionName,
  ownVariableName,
  providerOf,
  variableName,
} from "./naming.ts";

/** Everything that settings are looked up in. */
export type Layers = {
  service: HostService;
  /** Of a workflow step: the settings that its form in the job has, which are nearer than all else. */
  stepProperties?: ReadonlySet<string>;
  /** Rundeck's node name, for messages. */
  nodeName: string;
  /** Options of the command line; empty under Rundeck. */
  options: ReadonlyMap<string, string>;
  /** How they were written, where that is not as we write them. */
  typed?: ReadonlyMap<string, string>;
  /** Rundeck's variables; empty on the command line. */
  rundeck: Environment;
  /** The project's raw properties; absent when neither a file nor the API shows them. */
  project?: ReadonlyMap<string, string>;
  /** The framework's raw properties; absent when they can't be read. */
  framework?: ReadonlyMap<string, string>;
  /** The environment of the Rundeck server, or of the command line. */
  environment: Environment;
};

export type LayerKind =
  | "option"
  /** A property of the workflow step. */
  | "step"
  | "node"
  | "project-plugin"
  | "project"
  /** What the node executor's plugin properties say, for the file copier. */
  | "project-executor"
  | "framework-plugin"
  | "framework"
  | "framework-executor"
  /** A plugin property whose layer Rundeck does not tell. */
  | "plugin"
  | "environment";

/** A value that a layer gives to a setting. It is never empty. */
export type Candidate = {
  kind: LayerKind;
  /** The words for the layer in messages. */
  layer: string;
  text: string;
  /** Whether Rundeck resolved it (and opened its Key Storage path), or it is what a layer says literally. */
  resolvedBy: "rundeck" | "us";
};

/**
 * Every layer's value of a setting, nearest first: option, node attribute, project (plugin property, then `project.<name>`),
 * framework (the same), our own environment variable. For the file copier the node executor's plugin property comes
 * behind its own of each scope, and so it does for a step. An empty value means "not set here" and hides nothing.
 * Source: docs/settings.md.
 */
export function listCandidates(layers: Layers, name: string): Candidate[] {
  const found = [
    fromOptions(layers, name),
    fromStep(layers, name),
    fromNode(layers, name),
    ...fromProperties(layers, name),
    fromEnvironment(layers, name),
  ];
  return found.filter(
    (candidate): candidate is Candidate =>
      candidate !== undefined && candidate.text !== "",
  );
}

/** The same for a setting that a node can't override: its attributes are not asked. */
export function listServerCandidates(
  layers: Layers,
  name: string,
): Candidate[] {
  const { [variableName("NODE", name)]: _, ...rundeck } = layers.rundeck;
  return listCandidates({ ...layers, rundeck }, name);
}

/** The same for one that a node is not allowed to override here: Rundeck's own answer does not count either where an attribute may have gone into it. */
export function listCandidatesButNode(
  layers: Layers,
  name: string,
): Candidate[] {
  const node = variableName("NODE", name);
  const config = variableName("CONFIG", name);
  const { [node]: attribute, [config]: answer, ...others } = layers.rundeck;
  // an empty one too: of two attributes that fold to one variable Rundeck shows either
  const rundeck =
    attribute === undefined || isStep(layers)
      ? { ...others, [config]: answer }
      : others;
  return listCandidates({ ...layers, rundeck }, name);
}

/** Whether the node has an attribute for a setting, or one that folds to the same variable. */
export function hasNodeAttribute(layers: Layers, name: string): boolean {
  return trimmed(layers.rundeck[variableName("NODE", name)]) !== "";
}

/** The layers without what the node executor's plugin properties say. */
export function withoutExecutor(layers: Layers): Layers {
  const { project, framework } = layers;
  return {
    ...layers,
    ...(project ? { project: withoutPlugin(project) } : {}),
    ...(framework ? { framework: withoutPlugin(framework) } : {}),
  };
}

function withoutPlugin(properties: ReadonlyMap<string, string>) {
  const prefix = /^(?:project|framework)\.plugin\.NodeExecutor\./;
  return new Map([...properties].filter(([key]) => !prefix.test(key)));
}

function fromOptions(layers: Layers, name: string): Candidate {
  return {
    kind: "option",
    layer: `option --${layers.typed?.get(name) ?? optionName(name)}`,
    text: trimmed(layers.options.get(name)),
    resolvedBy: "us",
  };
}

function fromEnvironment(layers: Layers, name: string): Candidate {
  const variable = ownVariableName(name);
  return {
    kind: "environment",
    layer: `environment variable ${variable}`,
    text: trimmed(layers.environment[variable]),
    resolvedBy: "us",
  };
}

/** Rundeck asks neither nodes nor executors for a step's properties, so its answers say nothing of theirs. */
function isStep({ service }: Layers): boolean {
  return service === "WorkflowNodeStep";
}

function fromStep(layers: Layers, name: string): Candidate | undefined {
  if (!layers.stepProperties?.has(name)) return undefined;
  return {
    kind: "step",
    layer: `step property ${name}`,
    ...resolved(configuredText(layers, name)),
  };
}

/** `RD_CONFIG_*` prefers the node's attribute too, so if the attribute is set it is the attribute's value, expanded. */
function fromNode(layers: Layers, name: string): Candidate | undefined {
  const raw = trimmed(layers.rundeck[variableName("NODE", name)]);
  if (raw === "") return undefined;
  const answer = isStep(layers) ? "" : configuredText(layers, name);
  const literal = expandReferences(raw, layers.rundeck);
  if (answer !== "" && !mayBecome(raw, literal, answer)) return undefined;
  return {
    kind: "node",
    layer: `node attribute ${name}`,
    ...(answer === "" ? { text: literal, resolvedBy: "us" } : resolved(answer)),
  };
}

/**
 * Whether Rundeck can have made its answer from this attribute. If not, it is an attribute of a similar name, `ssm_profile` beside
 * `ssm-profile`, that folds to the same variable.
 */
function mayBecome(raw: string, literal: string, answer: string): boolean {
  return literal === answer || raw.includes("${") || /^\/?keys\//.test(raw);
}

/**
 * What the project's and the framework's properties say. `RD_CONFIG_*` is Rundeck's own answer for the plugin's properties, without the
 * layer that it comes from: a project whose properties we can read tells. Where we can't, it comes before all that we read ourselves.
 */
function fromProperties(layers: Layers, name: string): Candidate[] {
  const path = pluginPath(layers, name);
  const answer = answerOfProperties(layers, name);
  const raw = (scope: "project" | "framework", key: string) =>
    trimmed(layers[scope]?.get(`${scope}.${key}`));
  const isProjects = raw("project", path) !== "";
  const literal = (
    kind: "project" | "framework",
    key: string,
  ): Pick<Candidate, "layer" | "text" | "resolvedBy"> => ({
    layer: `${kind}.${key}`,
    text: expandReferences(raw(kind, key), layers.rundeck),
    resolvedBy: "us",
  });
  const executorPath = pluginPath({ service: "NodeExecutor" }, name);
  const ofExecutor = (scope: "project" | "framework"): Candidate[] =>
    layers.service === "NodeExecutor"
      ? []
      : [{ kind: `${scope}-executor`, ...literal(scope, executorPath) }];
  const answered = answer === "" ? {} : resolved(answer);
  const ofProject = isProjects ? answered : {};
  const ofFramework = isProjects || !layers.project ? {} : answered;
  return [
    ...(layers.project ? [] : [unplaced(name, answer)]),
    { kind: "project-plugin", ...literal("project", path), ...ofProject },
    { kind: "project", ...literal("project", name) },
    ...ofExecutor("project"),
    { kind: "framework-plugin", ...literal("framework", path), ...ofFramework },
    { kind: "framework", ...literal("framework", name) },
    ...ofExecutor("framework"),
  ];
}

/** Rundeck's answer, where neither the node nor a step gave it. */
function answerOfProperties(layers: Layers, name: string): string {
  const isOthers = isStep(layers)
    ? layers.stepProperties?.has(name)
    : fromNode(layers, name) !== undefined;
  return isOthers ? "" : configuredText(layers, name);
}

function resolved(text: string): Pick<Candidate, "text" | "resolvedBy"> {
  return { text, resolvedBy: "rundeck" };
}

function unplaced(name: string, answer: string): Candidate {
  return {
    kind: "plugin",
    layer: `plugin property ${name}`,
    ...resolved(answer),
  };
}

function configuredText(layers: Layers, name: string): string {
  return trimmed(layers.rundeck[variableName("CONFIG", name)]);
}

/** Blanks around a value are slips of the keyboard, and a key's trailing newline is Key Storage's. */
function trimmed(text: string | undefined): string {
  return (text ?? "").trim();
}

/** The words for a nearer layer that sets a plugin property to nothing, by which Rundeck hides the farther ones. */
export function findEmptyLayer(
  layers: Layers,
  name: string,
): string | undefined {
  if (layers.rundeck[variableName("NODE", name)]?.trim() === "") {
    return `node attribute ${name}`;
  }
  const path = pluginPath(layers, name);
  return layers.project?.get(`project.${path}`)?.trim() === ""
    ? `project.${path}`
    : undefined;
}

/** A plugin property's name within the project's and the framework's properties. */
export function pluginPath(
  { service }: Pick<Layers, "service">,
  name: string,
): string {
  return `plugin.${service}.${providerOf(service)}.${name}`;
}
