import type { NodeSettings } from "./settings.ts";

/** Where values came from, and how they are shown. */
type Known = Pick<NodeSettings, "sources" | "shown">;

/** A setting as messages name it, with its value, unless it is a secret, and the layer that this is from. */
export function nameSetting({ sources, shown }: Known, name: string): string {
  const source = sources.get(name);
  if (source === undefined) return `${name} (not set)`;
  const value = shown.get(name);
  return `${name} (${value === undefined ? "" : `${value}, `}${source})`;
}

/** The same as the beginning of a sentence. */
export function stateSetting({ sources, shown }: Known, name: string): string {
  const source = sources.get(name);
  if (source === undefined) return `${name} is not set`;
  return `${name} is ${shown.get(name) ?? "set"}, from ${source}`;
}
