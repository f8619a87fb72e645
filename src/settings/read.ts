import * as z from "zod/mini";
import { BridgeError } from "../kernel/errors.ts";
import { findReference } from "../rundeck/expand.ts";
import {
  listCandidates,
  listCandidatesButNode,
  listServerCandidates,
  type Candidate,
  type Layers,
} from "../rundeck/layers.ts";
import { explainUnopenedSecret, quote } from "./explain.ts";
import {
  recordOf,
  settings,
  type DefaultedName,
  type SettingName,
  type SettingValue,
} from "./schema.ts";

/** Reads settings one by one, and remembers where each came from. */
export type Reader = {
  readonly layers: Layers;
  /** Setting name → the words for the layer that its value came from. */
  readonly sources: Map<string, string>;
  /** Setting name → its value as a message shows it; no secret is among them. */
  readonly shown: Map<string, string>;
  /**
   * A setting's value, or `undefined` where no layer has one.
   * @throws BridgeError `setting-invalid`, with the value (unless secret), the node and the layer.
   */
  find<Name extends SettingName>(name: Name): SettingValue<Name> | undefined;
  /** The same without the node's attributes. */
  findButNode<Name extends SettingName>(
    name: Name,
  ): SettingValue<Name> | undefined;
  /** The same, with our default where no layer has a value. */
  read<Name extends DefaultedName>(name: Name): SettingValue<Name>;
};

/** A reader over fewer layers remembers in the place of the other one. */
export function createReader(
  layers: Layers,
  { sources, shown }: Pick<Reader, "sources" | "shown"> = {
    sources: new Map(),
    shown: new Map(),
  },
): Reader {
  function note(name: SettingName, { layer, text }: Candidate) {
    sources.set(name, layer);
    if (!recordOf(name).isSecret) shown.set(name, quote(withoutUser(text)));
  }
  function take<Name extends SettingName>(
    name: Name,
    [winner]: readonly Candidate[],
  ) {
    if (!winner) return undefined;
    note(name, winner);
    return parseCandidate(layers, name, winner);
  }
  function findButNode<Name extends SettingName>(name: Name) {
    return take(name, listCandidatesButNode(layers, name));
  }
  function find<Name extends SettingName>(name: Name) {
    return recordOf(name).scope === "server"
      ? take(name, listServerCandidates(layers, name))
      : take(name, listCandidates(layers, name));
  }
  return {
    layers,
    sources,
    shown,
    find,
    findButNode,
    read(name) {
      const value = find(name);
      if (value !== undefined) return value;
      sources.set(name, "default");
      shown.set(name, settings[name].default);
      return parseText(name, settings[name].default);
    },
  };
}

/** A URL may hold a user and a password. */
function withoutUser(text: string): string {
  return text.replace(/^(https?:\/\/)[^/@]*@/i, "$1");
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
  const isSecret = recordOf(name).isSecret === true;
  if (isSecret) refuseUnopenedSecret(layers, name, candidate);
  const where = `on node ${quote(layers.nodeName)}, from ${candidate.layer}`;
  const reference = isSecret ? undefined : findReference(candidate.text);
  if (reference !== undefined) {
    throw new BridgeError(
      "setting-invalid",
      `${name} is ${quote(candidate.text)} ${where}: ${quote(reference)} has no value there; set it or write the value itself`,
    );
  }
  const parsed = z.safeParse(settings[name].form, candidate.text);
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
  return z.parse(settings[name].form, text) as SettingValue<Name>;
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
