import path from "node:path";
import { BridgeError } from "../kernel/errors.ts";
import { formats } from "../nodes/formats.ts";
import type { Format } from "../nodes/formats.ts";
import { quote } from "../settings/explain.ts";
import { parseNodeSource } from "../settings/node-source.ts";
import { nameOptions } from "../settings/options.ts";
import { findSourceProperty } from "../settings/table/node-source.ts";
import type { Arguments, OptionKind } from "./arguments.ts";
import { cacheFolder } from "./cache-folder.ts";
import type { Ending } from "./exit.ts";
import { runNodes } from "./run-nodes.ts";
import type { Shell } from "./shell.ts";

export function kindOfNodesOption(name: string): OptionKind {
  const isKnown =
    findSourceProperty(name) !== undefined ||
    name === "region" ||
    name === "format";
  return isKnown ? "value" : undefined;
}

/** `rundeck-ssm nodes`: the nodes as the node source gives them to Rundeck. */
export async function nodesCommand(
  shell: Shell,
  { options: given, words, rest }: Arguments,
): Promise<Ending> {
  if (words.length > 0 || rest.length > 0)
    throw new BridgeError(
      "setting-invalid",
      "nodes has options alone; write rundeck-ssm nodes [--regions a,b|all] [--role-arns ARN,…] [--filter NAME=VALUE;…] [--format table|json|yaml|resourcejson]",
    );
  const { environment } = shell;
  const { options } = nameOptions(
    given,
    (name) => findSourceProperty(name) ?? name,
  );
  return runNodes(shell, {
    format: parseFormat(options.get("format") ?? "table"),
    settings: parseNodeSource({ options, rundeck: {}, environment }),
    project: "",
    folder: path.join(cacheFolder(environment), "nodes"),
  });
}

function parseFormat(text: string): Format {
  const format = formats.find((it) => it === text);
  if (format !== undefined) return format;
  throw new BridgeError(
    "setting-invalid",
    `--format is ${quote(text)}: it must be one of: ${formats.join(", ")}`,
  );
}
