import type { Candidate, Layers } from "../rundeck/layers.ts";
import {
  ownVariableName,
  providerNames,
  variableName,
} from "../rundeck/naming.ts";

const shownLength = 80;

/** A value as a message may show it: quoted, control characters escaped, cut when long. */
export function quote(value: string): string {
  const characters = Array.from(value);
  const shown = characters.slice(0, shownLength).map(escapeControl).join("");
  const rest = characters.length - shownLength;
  return rest > 0
    ? `"${shown}…" (${String(characters.length)} characters)`
    : `"${shown}"`;
}

function escapeControl(character: string): string {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}"\\]/u.test(character)
    ? JSON.stringify(character)
        .slice(1, -1)
        .replace(/^[^\x20-\x7e]$/u, toEscape)
    : character;
}

function toEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Why a secret could not be used, and what to change. The candidate's text may be the secret itself: it is not shown. */
export function explainUnopenedSecret(
  layers: Layers,
  name: string,
  candidate: Candidate,
): string {
  const property = `project.plugin.${layers.service}.${providerNames[layers.service]}.${name}`;
  const where = `${name} on node ${quote(layers.nodeName)}, from ${candidate.layer},`;
  switch (candidate.kind) {
    case "option":
      return `${name} must not be given as an option, where others on this machine can see it: use the environment variable ${ownVariableName(name)}`;
    case "project":
    case "framework":
      return `${where} can't be opened: only Rundeck reads Key Storage, from a plugin property or a node attribute; put the path into ${property} or into the node attribute ${name}`;
    case "node":
    case "project-plugin":
    case "framework-plugin":
    case "plugin":
    case "environment":
      return layers.rundeck[variableName("CONFIG", name)] === undefined
        ? `${where} names a Key Storage path that Rundeck could not open: it is missing or empty there, or not readable for this user and project`
        : `${where} is hidden from Rundeck by an empty value in a nearer layer: remove the empty node attribute or property ${name}`;
  }
}
