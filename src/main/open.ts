import { parseHost } from "../rundeck/environment.ts";
import type { Host } from "../rundeck/host.ts";
import type { Layers } from "../rundeck/layers.ts";
import { openLayers } from "../settings/open-layers.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { describeSettings, openDebug } from "./debug.ts";
import type { Shell } from "./shell.ts";

/** What Rundeck says, and the settings of its layers. */
export async function open<S extends NodeSettings>(
  shell: Shell,
  service: Host["service"],
  parse: (layers: Layers) => S,
): Promise<{ host: Host; settings: S }> {
  const host = parseHost(shell.environment, service);
  shell.nodeName = host.nodeName;
  // the raw level, as the job has it. Source: Rundeck, "Job context variables"
  if (host.execution.logLevel === "DEBUG") openDebug(shell);
  const { layers, notes } = await openLayers(
    shell.environment,
    host,
    // a kill ends a run that is gone on with no sooner than what it left is cleared away
    shell.resume ? shell.last : shell.signal,
  );
  const settings = parse(layers);
  shell.log.debug?.(describeSettings(settings));
  for (const note of [...notes, ...settings.notes]) shell.log.note(note);
  return { host, settings };
}
