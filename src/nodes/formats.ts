import type { SourceNode } from "./source-node.ts";

/** Nodes by name, as they are printed. */
export type NamedNodes = ReadonlyMap<string, SourceNode>;

export const formats = ["table", "json", "yaml", "resourcejson"] as const;
export type Format = (typeof formats)[number];

export function formatNodes(nodes: NamedNodes, format: Format): string {
  switch (format) {
    case "table":
      return formatTable(nodes);
    case "json":
      return `${JSON.stringify(listEntries(nodes), undefined, 2)}\n`;
    case "yaml":
      return formatYaml(nodes);
    case "resourcejson":
      return formatResourceJson(nodes);
  }
}

type Entry = { [name: string]: string | readonly string[] };

function listEntries(nodes: NamedNodes): Entry[] {
  return [...nodes].map(([nodename, { attributes, tags }]) => ({
    nodename,
    ...attributes,
    tags,
  }));
}

/** Rundeck's own form. With nothing in it, it is an error for Rundeck; `{}` is no nodes. Source: Rundeck User Guide, "resource-json". */
function formatResourceJson(nodes: NamedNodes): string {
  const entries = listEntries(nodes);
  const lines = [...nodes.keys()].map(
    (name, i) => `${JSON.stringify(name)}:${JSON.stringify(entries[i])}`,
  );
  return `{${lines.join(",\n")}}\n`;
}

/** The same in Rundeck's YAML form: JSON's texts and lists are YAML's, too. */
function formatYaml(nodes: NamedNodes): string {
  if (nodes.size === 0) return "{}\n";
  const text = listEntries(nodes).map((entry) => {
    const lines = Object.entries(entry).map(
      ([name, value]) => `  ${yamlText(name)}: ${yamlText(value)}\n`,
    );
    return `${yamlText(entry["nodename"] ?? "")}:\n${lines.join("")}`;
  });
  return text.join("");
}

/** What JSON leaves as it is, and YAML does not print. */
function yamlText(value: string | readonly string[]): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const columns: readonly [head: string, attribute: string][] = [
  ["INSTANCE", "instanceId"],
  ["REGION", "region"],
  ["ACCOUNT", "account"],
  ["STATE", "state"],
  ["PING", "pingStatus"],
  ["OS", "osName"],
  ["AGENT", "agentVersion"],
];

function formatTable(nodes: NamedNodes): string {
  const heads = ["NAME", ...columns.map(([head]) => head)];
  const rows = [...nodes].map(([name, { attributes }]) =>
    [name, ...columns.map(([, attribute]) => attributes[attribute] ?? "-")].map(
      showable,
    ),
  );
  const lines = [heads, ...rows];
  const widths = heads.map((_, i) =>
    Math.max(...lines.map((line) => Array.from(line[i] ?? "").length)),
  );
  return lines
    .map((line) =>
      line
        .map(
          (cell, i) =>
            cell + " ".repeat((widths[i] ?? 0) - Array.from(cell).length),
        )
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** A terminal takes no commands from a name. */
function showable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}
