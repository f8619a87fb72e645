import { parseHost } from "../rundeck/environment.ts";
import { openLayers } from "../settings/open-layers.ts";
import { parseCopierSettings } from "../settings/parse.ts";
import { runCopier } from "./run-copier.ts";
import { runProcess } from "./process.ts";

/** The file copier, as Rundeck starts it: everything is in the environment. */
void runProcess(process, async (shell) => {
  const host = parseHost(process.env, "FileCopier");
  shell.nodeName = host.nodeName;
  const { layers, notes } = await openLayers(process.env, host, shell.signal);
  for (const note of notes) shell.log.note(note);
  return runCopier(shell, host, parseCopierSettings(layers));
});
