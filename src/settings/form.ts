import type { Service } from "../rundeck/host.ts";
import type { SettingRecord } from "./record.ts";
import { recordOf, settingNames, type SettingName } from "./schema.ts";
import { connectionWords } from "./words/connection.ts";
import { credentialWords } from "./words/credentials.ts";
import { nodeWords } from "./words/node.ts";
import { outputWords } from "./words/output.ts";
import { runWords } from "./words/run.ts";
import { transferWords } from "./words/transfer.ts";
import type { Words } from "./words/words.ts";

const wordsOf: Readonly<Record<SettingName, Words>> = {
  ...nodeWords,
  ...credentialWords,
  ...runWords,
  ...outputWords,
  ...transferWords,
  ...connectionWords,
};

/** A setting by its name. */
export type Entry = SettingRecord & Words & { name: SettingName };

/** Every setting, in the order of their tables. */
export function listEntries(): Entry[] {
  return settingNames.map(entryOf);
}

/** A setting, with its words. */
export function entryOf(name: SettingName): Entry {
  return { name, ...recordOf(name), ...wordsOf[name] };
}

/** The fields that a form begins with, outside of its folds: those of Rundeck Enterprise's plugins, in their order. */
const firstFields: Readonly<Record<Service, readonly SettingName[]>> = {
  NodeExecutor: [
    "region",
    "ssm-accessKeyId",
    "ssm-secretKey",
    "ssm-assume-role",
    "ssm-assume-role-arn",
    "cloudwatch-log-group",
    "log-retrieve-delay",
    "ssm-execution-timeout",
  ],
  FileCopier: [
    "region",
    "ssm-copier-accessKeyId",
    "ssm-copier-secretKey",
    "ssm-copier-assume-role",
    "ssm-copier-assume-role-arn",
    "ssm-copier-bucket",
    "ssm-execution-timeout",
  ],
};

/** A form's field. `fold`: absent for the first ones. */
export type Field = Entry & { fold?: string };

/** The fields of a provider's form, in its order. */
export function listFields(service: Service): Field[] {
  const first = firstFields[service];
  const entries = listEntries().filter(
    // a node has its id, a project has not
    ({ name, services }) => services.includes(service) && name !== "instanceId",
  );
  const folded = entries
    .filter(({ name }) => !first.includes(name))
    .map((entry) => nameApart(entry, service));
  const folds = new Set(folded.map(({ fold }) => fold));
  return [
    ...first.map(entryOf),
    ...[...folds].flatMap((name) => folded.filter(({ fold }) => fold === name)),
  ];
}

/** The executor's credentials stand in the file copier's form beside its own, which have the same titles. */
function nameApart(entry: Entry, service: Service): Entry & { fold: string } {
  const isExecutors =
    service === "FileCopier" &&
    entry.group === "Further Credentials" &&
    entry.name !== "ssm-sts-region" &&
    entry.services.includes("NodeExecutor");
  return isExecutors
    ? {
        ...entry,
        title: `${entry.title} of the Node Executor`,
        fold: "Credentials of the Node Executor",
      }
    : { ...entry, fold: entry.group };
}

/** What a form shows below a field: one line, which says what an empty field means, and behind it what the form folds away, as Markdown. */
export function describeField(entry: Entry): string {
  const attribute =
    entry.scope === "server"
      ? "A node's attributes do not count."
      : `Node attribute: \`${entry.name}\``;
  return `${describeStepField(entry)}\n\n${attribute}`;
}

/** The same in a step's form, which is of no node. */
export function describeStepField(entry: Entry): string {
  const { text, labels = {}, default: word = "none" } = entry;
  const line = `${text} Empty: ${entry.empty ?? labels[word] ?? word}.`;
  const more = [entry.more, rangeWords(entry)].filter((words) => words);
  return [line, ...(more.length > 0 ? [more.join(" ")] : [])].join("\n\n");
}

/** The same for a terminal, in one paragraph. */
export function describe(entry: Entry): string {
  return [
    meaningOf(entry),
    rangeWords(entry),
    entry.default === undefined ? "" : `Default: ${entry.default}.`,
  ]
    .filter((words) => words)
    .join(" ");
}

/** What a setting is, without its range and default, which a table has columns for. */
export function meaningOf({ text, empty, more }: Entry): string {
  const unset = empty === undefined ? "" : `Empty: ${empty}.`;
  return [text, unset, more].filter((words) => words).join(" ");
}

function rangeWords({ range }: Entry): string {
  return range ? `${range[1]} to ${range[2]}.` : "";
}
