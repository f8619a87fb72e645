import { parseArguments } from "./arguments.ts";
import { doctorStepWord, kindOf } from "./command-options.ts";
import { copyCommand } from "./cli-copy.ts";
import { doctorCommand, doctorStep } from "./cli-doctor.ts";
import { execCommand } from "./cli-exec.ts";
import { policyCommand } from "./cli-policy.ts";
import { nodesCommand } from "./cli-nodes.ts";
import { sidecarCommand } from "./cli-sidecar.ts";
import type { Ending } from "./exit.ts";
import { helpOf, overview } from "./help.ts";
import { nodeSource } from "./node-source.ts";
import { runProcess } from "./process.ts";
import type { Shell } from "./shell.ts";
import { BridgeError } from "../kernel/errors.ts";

declare const RUNDECK_SSM_VERSION: string;

/** The `rundeck-ssm` command: the same code as the plugin, with options in place of Rundeck's layers. */
void runProcess(process, async (shell) => {
  const given = parseArguments(process.argv.slice(2), kindOf);
  const wantsHelp = given.command === "help" || given.options.has("help");
  const topic = given.command === "help" ? given.words[0] : given.command;
  if (wantsHelp && topic !== undefined)
    return print(shell, helpOf(topic) ?? refuseCommand(topic));
  switch (given.command) {
    case "exec":
      return execCommand(shell, given);
    case "copy":
      return copyCommand(shell, given);
    case "sidecar":
      return sidecarCommand(shell, given, {
        hasColours: process.stdout.isTTY && !process.env["NO_COLOR"],
      });
    case "policy":
      return policyCommand(shell, given);
    case "nodes":
      return nodesCommand(shell, given);
    // what aws-ssm-nodes.sh asks for: a bundle of its own would be 0.25 MB more to download
    case "node-source":
      return nodeSource(shell);
    case "doctor":
      return doctorCommand(shell, given, self());
    case doctorStepWord:
      return doctorStep(shell, given, self());
    case "local":
      throw new BridgeError(
        "setting-invalid",
        "local is not part of a release: run npx rundeck-ssm local in the project's repository",
      );
    case "version":
    case "--version":
    case "-v":
      return print(shell, `rundeck-ssm ${RUNDECK_SSM_VERSION}\n`);
    case "":
    case "help":
    case "--help":
    case "-h":
      return print(shell, overview);
    default:
      return refuseCommand(given.command);
  }
});

function self() {
  return {
    version: RUNDECK_SSM_VERSION,
    nodeVersion: process.versions.node,
    nodePath: process.execPath,
    file: process.argv[1] ?? "",
    hasColours: process.stdout.isTTY && !process.env["NO_COLOR"],
  };
}

function refuseCommand(command: string): never {
  throw new BridgeError(
    "setting-invalid",
    `there is no command '${command}'; rundeck-ssm help lists them`,
  );
}

async function print(shell: Shell, text: string): Promise<Ending> {
  await shell.stdout.write(Buffer.from(text));
  return { exitCode: 0 };
}
