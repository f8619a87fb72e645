import * as z from "zod/mini";
import { BridgeError } from "../kernel/errors.ts";
import { findReference } from "../rundeck/expand.ts";
import {
  listCandidates,
  listServerCandidates,
  type Candidate,
  type Layers,
} from "../rundeck/layers.ts";
import { explainUnopenedSecret, quote } from "./explain.ts";
import {
  defaults,
  schema,
  secretNames,
  serverNames,
  type SettingName,
  type SettingValue,
} from "./schema.ts";

/** Reads settings one by one, and remembers where each came from. */
export type Reader = {
  readonly layers: Layers;
  /** Setting name → the words for the layer that its value came from. */
  readonly sources: Map<string, string>;
  /**
   * A setting's value, or `undefined` where no layer has one.
   * @throws BridgeError `setting-invalid`, with the value (unless secret), the node and the layer.
   */
  find<Name extends SettingName>(name: Name): SettingValue<Name> | undefined;
  /** The same, with our default where no layer has a value. */
  read<Name extends keyof typeof defaults>(name: Name): SettingValue<Name>;
};

export function createReader(layers: Layers): Reader {
  const sources = new Map<string, string>();
  function find<Name extends SettingName>(name: Name) {
    const [winner] = serverNames.has(name)
      ? listServerCandidates(layers, name)
      : listCandidates(layers, name);
    if (!winner) return undefined;
    sources.set(name, winner.layer);
    return parseCandidate(layers, name, winner);
  }
  return {
    layers,
    sources,
    find,
    read(name) {
      const value = find(name);
      if (value !== undefined) return value;
      sources.set(name, "default");
      return parseText(name, defaults[name]);
    },
  };
}

/**
 * Parses one layer's value of a setting.
 * @throws BridgeError `setting-invalid`
 */
export function parseCandidate<Name extends SettingName>(
  layers: Layers,
  name: Name,
  candidate: Candidate,
): SettingValue<Name> {
  const isSecret = secretNames.has(name);
  if (isSecret) refuseUnopenedSecret(layers, name, candidate);
  const where = `on node ${quote(layers.nodeName)}, from ${candidate.layer}`;
  const reference = isSecret ? undefined : findReference(candidate.text);
  if (reference !== undefined) {
    throw new BridgeError(
      "setting-invalid",
      `${name} is ${quote(candidate.text)} ${where}: ${quote(reference)} has no value there; set it or write the value itself`,
    );
  }
  const parsed = z.safeParse(schema[name], candidate.text);
  // oxlint-disable-next-line no-unsafe-type-assertion -- of all the forms in the table, this is the one of this name
  if (parsed.success) return parsed.data as SettingValue<Name>;
  const shown = isSecret ? "malformed" : quote(candidate.text);
  const form = parsed.error.issues[0]?.message ?? "of another form";
  throw new BridgeError(
    "setting-invalid",
    `${name} is ${shown} ${where}: it must be ${form}`,
  );
}

function parseText<Name extends SettingName>(
  name: Name,
  text: string,
): SettingValue<Name> {
  // oxlint-disable-next-line no-unsafe-type-assertion -- of all the forms in the table, this is the one of this name
  return z.parse(schema[name], text) as SettingValue<Name>;
}

function refuseUnopenedSecret(
  layers: Layers,
  name: SettingName,
  candidate: Candidate,
): void {
  const isOpened =
    candidate.resolvedBy === "rundeck" || candidate.kind === "environment";
  if (isOpened) return;
  throw new BridgeError(
    "setting-invalid",
    explainUnopenedSecret(layers, name, candidate),
  );
}
