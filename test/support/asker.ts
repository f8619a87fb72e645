import type { Asker } from "../../src/services/clients.ts";
import { parseExecutorSettings } from "../../src/settings/parse.ts";
import { layersOf, located } from "./layers.ts";

/** Who asks, as settings and environment make it. */
export function askerOf({
  attributes = {},
  environment = {},
  project = "p",
  instanceId = located.instanceId,
}: {
  attributes?: Record<string, string>;
  environment?: Record<string, string>;
  project?: string;
  instanceId?: string;
}): Asker {
  const layers = layersOf({ ...located, ...attributes, instanceId });
  const settings = parseExecutorSettings(layers);
  return {
    settings,
    environment,
    execution: {
      project,
      executionId: "7",
      jobGroup: "",
      jobName: "",
      userName: "",
      logLevel: "",
    },
    subject: {
      target: `node ${instanceId}`,
      setting: (name) => `${name} (${settings.sources.get(name) ?? "not set"})`,
      state: (name) => `${name} is set`,
    },
  };
}
