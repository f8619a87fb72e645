import type { Layers } from "../../src/rundeck/layers.ts";
import { variableName } from "../../src/rundeck/naming.ts";

/** Layers as Rundeck gives them for a node with these attributes, and these answers for the plugin's properties. */
export function layersOf(
  attributes: Record<string, string>,
  rest: Partial<Layers> & { answers?: Record<string, string> } = {},
): Layers {
  const rundeck: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    rundeck[variableName("NODE", name)] = value;
    rundeck[variableName("CONFIG", name)] = value;
  }
  const { answers = {}, ...layers } = rest;
  for (const [name, value] of Object.entries(answers))
    rundeck[variableName("CONFIG", name)] = value;
  return {
    service: "NodeExecutor",
    nodeName: "web1",
    options: new Map(),
    rundeck,
    environment: {},
    project: new Map(),
    framework: new Map(),
    ...layers,
  };
}

export const located = {
  instanceId: "i-0123456789abcdef0",
  region: "eu-west-1",
};
