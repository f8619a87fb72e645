import type { Subject } from "../kernel/errors.ts";
import { planCommand } from "../command/plan.ts";
import { listCandidates, type Layers } from "../rundeck/layers.ts";
import type { Environment } from "../rundeck/environment.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../settings/parse.ts";
import { isSettingName, recordOf } from "../settings/schema.ts";
import type {
  CopierSettings,
  ExecutorSettings,
  NodeSettings,
} from "../settings/settings.ts";
import { findingOfFailure } from "./check.ts";
import type { Check, Finding, Lacks } from "./check.ts";
import { nobody } from "./context.ts";
import { listContradictions } from "./contradictions.ts";
import { listStrangers } from "./names.ts";

/** The layers of both plugins, as an execution would see them. */
export type BothLayers = { executor: Layers; copier: Layers };

/** What both plugins are set to; one is absent where its settings are wrong. */
export type BothSettings = {
  executor?: ExecutorSettings;
  copier?: CopierSettings;
};

/** Every value with its layer, what is wrong with them, and what looks like a setting and is none. */
export function checkSettings(
  layers: BothLayers,
  {
    environment,
    lacks,
    subjectOf,
  }: {
    environment: Environment;
    lacks: Lacks;
    subjectOf: (settings: NodeSettings) => Subject;
  },
): { checks: Check[]; settings: BothSettings } {
  const findings: [name: string, finding: Finding][] = [];
  const read = <S>(given: Layers, parse: (layers: Layers) => S) => {
    const { layers: opened, unopened } = withoutUnopened(given);
    findings.push(...unopened);
    if (unopened.length > 0)
      lacks.set(
        given.service === "NodeExecutor" ? "credentials" : "copier-credentials",
        `settings: ${unopened[0]?.[0] ?? ""}`,
      );
    try {
      return parse(opened);
    } catch (error) {
      const finding = orUnseen(findingOfFailure(error), given);
      findings.push([nameOf(finding), finding]);
      return undefined;
    }
  };
  if (isBlind(layers.executor)) findings.push(["project", unseen]);
  const executor = read(layers.executor, parseExecutorSettings);
  const copier = read(layers.copier, parseCopierSettings);
  findings.push(
    ...(executor ? refusedPlan(executor, subjectOf(executor)) : []),
    ...listContradictions(executor, copier, environment),
    ...listStrange(layers),
    ...listValues(executor, copier),
  );
  return {
    checks: distinct(findings).map(([name, finding]) => ({
      stage: "settings",
      name,
      ...finding,
      // nobody's id is not the user's
      says: finding.says.replaceAll(` on node "${nobody}"`, ""),
    })),
    settings: {
      ...(executor ? { executor } : {}),
      ...(copier ? { copier } : {}),
    },
  };
}

/** To a step Rundeck does not tell what the project sets for commands. */
function isBlind({ stepProperties, project }: Layers): boolean {
  return stepProperties !== undefined && project === undefined;
}

const unseen: Finding = {
  state: "unknown",
  says: "the project's properties can't be read: it is in Rundeck's database, or its file is not ours to read. What it sets for commands and copies is not looked at",
  remedy:
    "choose an API token in the step's field Rundeck API Token, that may read the project's configuration",
};

/** What is missing here the project may have. */
function orUnseen(finding: Finding, layers: Layers): Finding {
  const isMissing =
    finding.state === "problem" && finding.code === "setting-missing";
  if (!isMissing || !isBlind(layers)) return finding;
  const { says, remedy } = finding;
  return { state: "unknown", says, remedy };
}

/** Both plugins may say the same. */
function distinct(findings: readonly [string, Finding][]): [string, Finding][] {
  const told = new Map(
    findings.map((named) => {
      const [name, { state, says }] = named;
      return [JSON.stringify([name, state, says]), named] as const;
    }),
  );
  return [...told.values()];
}

/** The first setting that a message names. */
function nameOf({ says }: Finding): string {
  return says.split(/[^\w-]+/).find(isSettingName) ?? "values";
}

/** What an execution would refuse once it plans its command. */
function refusedPlan(
  settings: ExecutorSettings,
  subject: Subject,
): [string, Finding][] {
  try {
    planCommand({
      ...settings,
      ...subject,
      platform: settings.osFamily,
      command: "exit 0",
      runId: "0".repeat(24),
      comment: "",
      variables: new Map(settings.passVariables.map((name) => [name, ""])),
    });
    return [];
  } catch (error) {
    const finding = findingOfFailure(error);
    return [[nameOf(finding), finding]];
  }
}

/**
 * Takes a Key Storage path out of the layers that Rundeck opens for executions alone, and what goes with it: not a wrong setting, but what
 * comes of it can't be tried here.
 */
function withoutUnopened(layers: Layers): {
  layers: Layers;
  unopened: [string, Finding][];
} {
  const unopened = secrets.flatMap(({ secret }): [string, Finding][] => {
    const [candidate] = listCandidates(layers, secret);
    const isPath =
      candidate?.resolvedBy === "us" &&
      /^\/?keys\//.test(candidate.text) &&
      openedByRundeck.has(candidate.kind);
    return isPath
      ? [
          [
            secret,
            {
              state: "unknown",
              says: `from ${candidate.layer}: a Key Storage path, which Rundeck opens for executions alone; what follows from these keys can't be tried here`,
              remedy:
                "choose the same keys in the fields of the step aws-ssm-doctor, or give them as RUNDECK_SSM_ACCESSKEYID and RUNDECK_SSM_SECRETKEY in the environment",
            },
          ],
        ]
      : [];
  });
  const hidden = secrets.filter(({ secret }) =>
    unopened.some(([name]) => name === secret),
  );
  return {
    layers: hidden.reduce(
      (left, { secret, id }) => hide(hide(left, secret), id),
      layers,
    ),
    unopened,
  };
}

const secrets = [
  { secret: "ssm-secretKey", id: "ssm-accessKeyId" },
  { secret: "ssm-copier-secretKey", id: "ssm-copier-accessKeyId" },
] as const;

const openedByRundeck = new Set(["node", "project-plugin", "framework-plugin"]);

function hide(layers: Layers, name: string): Layers {
  const without = (values: ReadonlyMap<string, string>) =>
    new Map([...values].filter(([key]) => !key.endsWith(`.${name}`)));
  const variable = name.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
  const rundeck = Object.fromEntries(
    Object.entries(layers.rundeck).filter(
      ([key]) =>
        !/^RD_(?:NODE|CONFIG)_/.test(key) || !key.endsWith(`_${variable}`),
    ),
  );
  return {
    ...layers,
    rundeck,
    ...(layers.project ? { project: without(layers.project) } : {}),
    ...(layers.framework ? { framework: without(layers.framework) } : {}),
  };
}

function listStrange(layers: BothLayers): [string, Finding][] {
  const strangers = [layers.executor, layers.copier].flatMap(listStrangers);
  return strangers.map(({ name, meant }) => [
    "names",
    {
      state: "warning",
      says: `${name} looks like a setting of ours, and is none: nobody reads it`,
      remedy: meant === undefined ? "remove it" : `did you mean ${meant}?`,
    },
  ]);
}

function listValues(
  executor: ExecutorSettings | undefined,
  copier: CopierSettings | undefined,
): [string, Finding][] {
  const all = [executor, copier].flatMap((settings) =>
    settings ? [...settings.sources].map(([name]) => ({ name, settings })) : [],
  );
  const set = all
    .filter(({ name, settings }) => isSet(name, settings))
    .map(({ name, settings }): [string, Finding] => [
      name,
      { state: "ok", says: describeValue(name, settings) },
    ]);
  const byDefault = all
    .filter(({ name, settings }) => settings.sources.get(name) === "default")
    .map(({ name, settings }) => `${name} ${settings.shown.get(name) ?? ""}`);
  const defaults = [...new Set(byDefault)].join(", ");
  return defaults === ""
    ? set
    : [...set, ["defaults", { state: "ok", says: defaults }]];
}

function isSet(name: string, { sources, instanceId }: NodeSettings): boolean {
  if (name === "instanceId" && instanceId === nobody) return false;
  return sources.get(name) !== "default";
}

function describeValue(
  name: string,
  { sources, shown, instanceId }: NodeSettings,
): string {
  const layer = sources.get(name) ?? "?";
  const isSecret = isSettingName(name) && recordOf(name).isSecret === true;
  const value = name === "instanceId" ? `"${instanceId}"` : shown.get(name);
  return `${isSecret ? "(secret)" : (value ?? "?")}, from ${layer}`;
}
