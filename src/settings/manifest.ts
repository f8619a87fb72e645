import type { Service } from "../rundeck/host.ts";
import { providerNames } from "../rundeck/naming.ts";
import { composeDoctorStep } from "./doctor-manifest.ts";
import {
  describeField,
  describeStepField,
  entryOf,
  listEntries,
  listFields,
  meaningOf,
} from "./form.ts";
import type { Entry, Field } from "./form.ts";
import { keyStorageOptions } from "./key-storage.ts";
import { composeNodeSource } from "./node-source-form.ts";
import type { SettingName } from "./schema.ts";
import { composeStep } from "./step-manifest.ts";

/** The content of plugin.yaml; the build fills in `@VERSION@` and `@DATE@`. Source: Rundeck Plugin Developer Guide, "Script plugins". */
export function composeManifest({ repository }: { repository: string }) {
  const source = `${repository}/tree/v@VERSION@`;
  return {
    name: "AWS Systems Manager",
    // 1.2 loads in every Rundeck from 3 on; 2.0 would name the servers it is for.
    rundeckPluginVersion: 1.2,
    version: "@VERSION@",
    // without it Rundeck's page shows the server's own
    date: "@DATE@",
    author: "rundeck-ssm-bridge",
    description:
      "Commands, scripts and files over AWS Systems Manager Run Command",
    license: "Apache-2.0",
    url: repository,
    docsLink: `${source}#readme`,
    sourceLink: source,
    tags: ["AWS", "SSM", "NodeExecutor", "FileCopier"],
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
      composeNodeSource(),
      {
        ...composeStep(fieldOf),
        title: "AWS / SSM / Document",
        description:
          "Runs a document of AWS Systems Manager on the node, each of its steps under its name",
      },
      composeDoctorStep(keyStorageOptions),
    ],
  };
}

function composeProvider(service: Service) {
  const name = providerNames[service];
  return {
    name,
    service,
    "plugin-type": "script",
    // A zip keeps no exec bits. With -p bash reads no BASH_ENV and no functions that the server was started with.
    "script-interpreter": "bash -p",
    "script-file": `${name}.sh`,
    "plugin-meta": { faicon: "cloud" },
    config: listFields(service).map(composeProperty),
  };
}

function fieldOf(name: SettingName) {
  const entry = entryOf(name);
  return {
    title: entry.title,
    description: describeStepField(entry),
    ...formOf(entry),
  };
}

/** Defaults are told, not set: a `default` here would hide what the project's and the framework's raw properties say. */
function composeProperty(field: Field) {
  const { name, title, fold, isHidden, isSecret } = field;
  return {
    name,
    title,
    description: describeField(field),
    required: false,
    ...formOf(field),
    renderingOptions: {
      // a fold is open unless it is secondary
      ...(fold === undefined ? {} : { groupName: fold, grouping: "secondary" }),
      // Rundeck hides it from 4.9 on
      ...(isHidden ? { displayType: "HIDDEN" } : {}),
      ...(field.scope === "server"
        ? {}
        : { "instance-scope-node-attribute": name }),
      ...(isSecret ? keyStorageOptions : {}),
    },
  };
}

function formOf({ range, choices: values, labels }: Entry) {
  if (values) return { type: "Select", values: values.join(","), labels };
  return { type: range ? "Integer" : "String" };
}

const serviceWords = {
  NodeExecutor: "executor",
  FileCopier: "copier",
} as const satisfies Record<Service, string>;

/** The table of settings in docs/settings.md, as Markdown. */
export function composeTable(): string {
  const rows = listEntries().map((entry) => {
    const plugins = entry.services.map((service) => serviceWords[service]);
    const values =
      entry.choices?.join(", ") ??
      (entry.range
        ? `${entry.range[1]}–${entry.range[2]} ${entry.range[0]}`
        : entry.isSecret
          ? "Key Storage path"
          : "");
    return `| \`${entry.name}\` | ${plugins.join(", ")} | ${meaningOf(entry).replaceAll("<", "&lt;")} | ${values} | ${entry.default ?? ""} |`;
  });
  return [
    "| setting | plugin | meaning | values | default |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
