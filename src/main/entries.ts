import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../settings/parse.ts";
import { open } from "./open.ts";
import { runCopier } from "./run-copier.ts";
import { runExecutor } from "./run-executor.ts";
import type { Entry } from "./shell.ts";

/** The node executor, as Rundeck starts it: everything is in the environment. */
export const executor: Entry = async (shell) => {
  const { host, settings } = await open(
    shell,
    "NodeExecutor",
    parseExecutorSettings,
  );
  return runExecutor(shell, host, settings);
};

/** The file copier, as Rundeck starts it. */
export const copier: Entry = async (shell) => {
  const { host, settings } = await open(
    shell,
    "FileCopier",
    parseCopierSettings,
  );
  return runCopier(shell, host, settings);
};
