import { parseHost } from "../rundeck/environment.ts";
import { openLayers } from "../settings/open-layers.ts";
import { parseExecutorSettings } from "../settings/parse.ts";
import { runExecutor } from "./run-executor.ts";
import { runProcess } from "./process.ts";

/** The node executor, as Rundeck starts it: everything is in the environment. */
void runProcess(process, async (shell) => {
  const host = parseHost(process.env, "NodeExecutor");
  shell.nodeName = host.nodeName;
  const { layers, notes } = await openLayers(process.env, host, shell.signal);
  for (const note of notes) shell.log.note(note);
  return runExecutor(shell, host, parseExecutorSettings(layers));
});
