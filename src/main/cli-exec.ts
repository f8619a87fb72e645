import { userInfo } from "node:os";
import { BridgeError } from "../kernel/errors.ts";
import type { Host } from "../rundeck/host.ts";
import { layersFromOptions } from "../settings/options.ts";
import { parseExecutorSettings } from "../settings/parse.ts";
import type { Arguments } from "./arguments.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./shell.ts";
import { runExecutor } from "./run-executor.ts";

/** `rundeck-ssm exec --instance ID --region R [settings] -- COMMAND`: several words are joined by spaces, as ssh does it. */
export async function execCommand(
  shell: Shell,
  { options, words, rest }: Arguments,
): Promise<Ending> {
  if (words.length > 0 || rest.length === 0)
    throw new BridgeError(
      "setting-missing",
      "no command; write rundeck-ssm exec --instance ID --region REGION -- COMMAND",
    );
  const layers = layersFromOptions("NodeExecutor", options, shell.environment);
  shell.nodeName = layers.nodeName;
  const host = commandLineHost("NodeExecutor", layers.nodeName);
  const settings = parseExecutorSettings(layers);
  return runExecutor(shell, { ...host, command: rest.join(" ") }, settings);
}

/** What Rundeck would say, for a run by hand. */
export function commandLineHost(
  service: Host["service"],
  nodeName: string,
): Host {
  return {
    service,
    nodeName,
    execution: {
      project: "command-line",
      executionId: "",
      jobGroup: "",
      jobName: "",
      userName: userName(),
      logLevel: "INFO",
    },
    command: "",
    file: "",
    destination: "",
    variables: new Map(),
    secureValues: [],
  };
}

/** A container may run us as a user that no file names. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
