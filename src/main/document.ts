import { parseStepSettings } from "../settings/parse-step.ts";
import { open } from "./open.ts";
import { runProcess } from "./process.ts";
import { runDocument } from "./run-document.ts";

/** The workflow step, as Rundeck starts it once a node: everything is in the environment. */
void runProcess(process, async (shell) => {
  const { host, settings } = await open(
    shell,
    "WorkflowNodeStep",
    parseStepSettings,
  );
  return runDocument(shell, host, settings);
});
