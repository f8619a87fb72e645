import type { Layers } from "../rundeck/layers.ts";
import {
  ownVariableName,
  providerNames,
  variableName,
} from "../rundeck/naming.ts";
import { settingNames } from "../settings/schema.ts";

/** A name that looks like one of ours and is none, so that nobody reads it. */
export type Stranger = { name: string; meant?: string };

/** Variables of ours that are no settings. */
const otherVariables = /^RUNDECK_SSM_(?:NODE|RESUME|KILLED|LISTENS|TEST_\w+)$/;
/** Attributes of a node that are read beside the settings, as variables. */
const attributes = [
  "RD_NODE_OS_FAMILY",
  "RD_NODE_OSFAMILY",
  "RD_NODE_AVAILABILITYZONE",
];

/** Names that look like ours in the environment, on the node, and in what can be read of the project's and the framework's properties. */
export function listStrangers(layers: Layers): Stranger[] {
  return [
    ...inEnvironment(layers),
    ...onNode(layers),
    ...inProperties("project", layers.project),
    ...inProperties("framework", layers.framework),
  ];
}

function inEnvironment({ environment }: Layers): Stranger[] {
  const known = settingNames.map(ownVariableName);
  return Object.keys(environment)
    .filter(
      (name) => name.startsWith("RUNDECK_SSM_") && !otherVariables.test(name),
    )
    .flatMap((name) => judge(name, name, known, (meant) => meant));
}

function onNode({ rundeck }: Layers): Stranger[] {
  const known = [
    ...settingNames.map((name) => variableName("NODE", name)),
    ...attributes,
  ];
  return Object.keys(rundeck)
    .filter((name) => name.startsWith("RD_NODE_"))
    .filter((name) => name.startsWith("RD_NODE_SSM_") || isNear(name, known))
    .flatMap((name) =>
      judge(
        `node attribute ${name.slice("RD_NODE_".length).toLowerCase()}`,
        name,
        known,
        (meant) =>
          settingNames.find((x) => variableName("NODE", x) === meant) ??
          "osFamily",
      ),
    );
}

/** Properties' names are compared letter by letter, so that a capital counts. */
function inProperties(
  scope: "project" | "framework",
  properties: ReadonlyMap<string, string> | undefined,
): Stranger[] {
  const plugin = new RegExp(
    `^${scope}\\.plugin\\.(?:NodeExecutor\\.${providerNames.NodeExecutor}|FileCopier\\.${providerNames.FileCopier})\\.`,
  );
  return [...(properties?.keys() ?? [])].flatMap((key) => {
    const path = plugin.exec(key)?.[0] ?? `${scope}.`;
    if (!key.startsWith(path)) return [];
    const name = key.slice(path.length);
    const isOurs =
      path !== `${scope}.` || /^ssm-/i.test(name) || isNear(name, settingNames);
    return isOurs
      ? judge(key, name, settingNames, (meant) => path + meant)
      : [];
  });
}

function judge(
  shown: string,
  name: string,
  known: readonly string[],
  tell: (meant: string) => string,
): Stranger[] {
  if (known.includes(name)) return [];
  const meant = findNear(name, known);
  return [
    { name: shown, ...(meant === undefined ? {} : { meant: tell(meant) }) },
  ];
}

const nearest = 2;

function isNear(name: string, known: readonly string[]): boolean {
  return findNear(name, known) !== undefined;
}

/** The name that differs by at most two slips, without regard to case. A short name is near to too many. */
function findNear(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const [best] = known
    .filter((word) => Math.abs(word.length - name.length) <= nearest)
    .map((word) => ({ word, slips: countSlips(wanted, word.toLowerCase()) }))
    .filter(({ word, slips }) => slips <= Math.min(nearest, word.length / 5))
    .toSorted((a, b) => a.slips - b.slips);
  return best?.word;
}

/** How many letters are too many, too few, others, or swapped (optimal string alignment). */
export function countSlips(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwap =
        i > 1 &&
        j > 1 &&
        one[i - 1] === other[j - 2] &&
        one[i - 2] === other[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = last;
    last = row;
  }
  return last[other.length] ?? 0;
}
