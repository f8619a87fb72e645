import { parseArguments } from "./arguments.ts";
import { copyCommand } from "./cli-copy.ts";
import { execCommand } from "./cli-exec.ts";
import { localCommand } from "./cli-local.ts";
import type { Ending } from "./exit.ts";
import { helpText } from "./help.ts";
import { runProcess } from "./process.ts";
import type { Shell } from "./process.ts";
import { BridgeError } from "../kernel/errors.ts";

declare const RUNDECK_SSM_VERSION: string;

/** The `rundeck-ssm` command: the same code as the plugin, with options in place of Rundeck's layers. */
void runProcess(process, async (shell) => {
  const given = parseArguments(process.argv.slice(2));
  switch (given.command) {
    case "exec":
      return execCommand(shell, given);
    case "copy":
      return copyCommand(shell, given);
    case "local":
      return localCommand(shell, given);
    case "version":
    case "--version":
      return print(shell, `rundeck-ssm ${RUNDECK_SSM_VERSION}\n`);
    case "":
    case "help":
    case "--help":
    case "-h":
      return print(shell, helpText);
    default:
      throw new BridgeError(
        "setting-invalid",
        `there is no command '${given.command}'; rundeck-ssm help lists them`,
      );
  }
});

async function print(shell: Shell, text: string): Promise<Ending> {
  await shell.stdout.write(Buffer.from(text));
  return { exitCode: 0 };
}
