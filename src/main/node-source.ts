import path from "node:path";
import { parseNodeSource } from "../settings/node-source.ts";
import { nodeSourceName } from "../rundeck/naming.ts";
import { cacheFolder } from "./cache-folder.ts";
import { runNodes } from "./run-nodes.ts";
import type { Entry } from "./shell.ts";

/** The node source `aws-ssm-nodes`, as Rundeck starts it: its properties are in the environment, and its nodes on stdout. */
export const nodeSource: Entry = async (shell) => {
  const { environment } = shell;
  const settings = parseNodeSource({
    options: new Map(),
    rundeck: environment,
    environment,
  });
  return runNodes(shell, {
    settings,
    project: environment["RD_RUNDECK_PROJECT"] ?? "",
    // the project's own folder, which outlives the server
    folder: path.join(
      environment["RD_PLUGIN_VARDIR"] || cacheFolder(environment),
      nodeSourceName,
    ),
    format: "resourcejson",
  });
};
