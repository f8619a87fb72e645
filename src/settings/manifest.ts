import type { Service } from "../rundeck/host.ts";
import { providerNames } from "../rundeck/naming.ts";
import { groups } from "./descriptions.ts";
import {
  choices,
  defaults,
  ranges,
  schema,
  secretNames,
  serverNames,
  type SettingName,
} from "./schema.ts";

/** A setting with all that the tables say of it. */
export type Entry = {
  name: SettingName;
  group: string;
  services: readonly Service[];
  title: string;
  text: string;
  range?: readonly [unit: string, min: number, max: number];
  choices?: readonly string[];
  default?: string;
};

/** Every setting, in the order of the forms. */
export function listEntries(): Entry[] {
  return groups.flatMap(({ title: group, services, settings }) =>
    Object.keys(schema)
      .filter(isSettingName)
      .flatMap((name) => {
        const description = settings[name];
        if (!description) return [];
        const [title, text] = description;
        return [{ name, group, services, title, text, ...valuesOf(name) }];
      }),
  );
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(schema, name);
}

function valuesOf(
  name: SettingName,
): Pick<Entry, "range" | "choices" | "default"> {
  const range = new Map(Object.entries(ranges)).get(name);
  const choice = new Map<string, readonly string[]>(
    Object.entries(choices),
  ).get(name);
  const value = new Map<string, string>(Object.entries(defaults)).get(name);
  return {
    ...(range ? { range } : {}),
    ...(choice ? { choices: choice } : {}),
    ...(value === undefined ? {} : { default: value }),
  };
}

/** The content of plugin.yaml. Source: Rundeck Plugin Developer Guide, "Script plugins". */
export function composeManifest() {
  return {
    name: "AWS Systems Manager",
    // 1.2 loads in every Rundeck from 3 on; 2.0 would name the servers it is for.
    rundeckPluginVersion: 1.2,
    version: "@VERSION@",
    author: "rundeck-ssm-bridge",
    description:
      "Commands, scripts and files over AWS Systems Manager Run Command",
    license: "Apache-2.0",
    providers: [
      {
        ...composeProvider("NodeExecutor"),
        title: "AWS / SSM / Node Executor",
        description: "Runs commands on nodes through AWS Systems Manager",
      },
      {
        ...composeProvider("FileCopier"),
        title: "AWS / SSM / File Copier",
        description:
          "Copies files and scripts to nodes through AWS Systems Manager, and S3 for large ones",
        // Rundeck loads no file copier without arguments; what it has to say it says in the environment.
        "script-args": "copy",
      },
    ],
  };
}

function composeProvider(service: Service) {
  const name = providerNames[service];
  return {
    name,
    service,
    "plugin-type": "script",
    // A zip keeps no exec bits.
    "script-interpreter": "bash",
    "script-file": `${name}.sh`,
    "plugin-meta": { faicon: "cloud" },
    config: listEntries()
      .filter((entry) => entry.services.includes(service))
      // A node has its id, a project has not.
      .filter((entry) => entry.name !== "instanceId")
      .map((entry) => composeProperty(entry, service)),
  };
}

function composeProperty(entry: Entry, service: Service) {
  const { name } = entry;
  return {
    name,
    title: entry.title,
    description: describe(entry),
    required: false,
    ...formOf(entry),
    renderingOptions: {
      groupName:
        service === "FileCopier" && entry.group === "Credentials"
          ? "Credentials of the node executor"
          : entry.group,
      ...(entry.group.endsWith("redentials") ? {} : { grouping: "secondary" }),
      ...(serverNames.has(name)
        ? {}
        : { "instance-scope-node-attribute": name }),
      ...(secretNames.has(name) ? keyStorageOptions : {}),
    },
  };
}

/** With `remove`, a path that can't be opened leaves the variable out, and we say so; `skip` would hand over the path as the secret. */
const keyStorageOptions = {
  selectionAccessor: "STORAGE_PATH",
  valueConversion: "STORAGE_PATH_AUTOMATIC_READ",
  valueConversionFailure: "remove",
  "storage-path-root": "keys",
  "storage-file-meta-filter": "Rundeck-data-type=password",
};

function formOf({ range, choices: values }: Entry) {
  if (values) return { type: "Select", values: values.join(",") };
  return { type: range ? "Integer" : "String" };
}

/** Defaults are told, not set: a `default` here would hide what the project's and the framework's raw properties say. */
function describe(entry: Entry): string {
  const facts = [
    entry.range ? `${entry.range[1]} to ${entry.range[2]}.` : "",
    entry.default === undefined ? "" : `Default: ${entry.default}.`,
  ].filter((fact) => fact !== "");
  return [entry.text, ...facts].join(" ");
}

const serviceWords = {
  NodeExecutor: "executor",
  FileCopier: "copier",
} as const satisfies Record<Service, string>;

/** The table of settings in README.md, as Markdown. */
export function composeTable(): string {
  const rows = listEntries().map((entry) => {
    const plugins = entry.services.map((service) => serviceWords[service]);
    const values =
      entry.choices?.join(", ") ??
      (entry.range
        ? `${entry.range[1]}–${entry.range[2]} ${entry.range[0]}`
        : secretNames.has(entry.name)
          ? "Key Storage path"
          : "");
    return `| \`${entry.name}\` | ${plugins.join(", ")} | ${entry.text.replaceAll("<", "&lt;")} | ${values} | ${entry.default ?? ""} |`;
  });
  return [
    "| setting | plugin | meaning | values | default |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
