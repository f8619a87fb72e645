import {
  findEmptyLayer,
  pluginPath,
  type Candidate,
  type LayerKind,
  type Layers,
} from "../rundeck/layers.ts";
import { ownVariableName } from "../rundeck/naming.ts";
import { recordOf, type SettingName } from "./schema.ts";

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

/** Rundeck always has something to say in the environment; by hand it is silent. */
export function isCommandLine(layers: Layers): boolean {
  return layers.options.size > 0 || Object.keys(layers.rundeck).length === 0;
}

/** Where a setting can be set, for the end of a message. */
export function suggestLayers(layers: Layers, name: SettingName): string {
  if (layers.service === "WorkflowNodeStep" && recordOf(name).isSecret)
    return `project.${pluginPath(layers, name)}`;
  if (!isCommandLine(layers)) {
    return `project.${pluginPath(layers, name)} or the node attribute ${name}`;
  }
  return recordOf(name).isSecret
    ? `the environment variable ${ownVariableName(name)}`
    : `the option --${name}`;
}

/** Key Storage paths that Rundeck opens where the node executor runs. */
function isOpenedForOthers(kind: LayerKind): boolean {
  return (
    kind === "node" ||
    kind === "project-executor" ||
    kind === "framework-executor"
  );
}

/** Why a secret could not be used, and what to change. The candidate's text is not shown: somebody may have put the secret itself there. */
export function explainUnopenedSecret(
  layers: Layers,
  name: SettingName,
  { kind, layer }: Candidate,
): string {
  const where = `${name} on node ${quote(layers.nodeName)}, from ${layer},`;
  if (layers.service === "WorkflowNodeStep" && isOpenedForOthers(kind))
    return `${where} can't be opened for a step: Rundeck opens it for commands and copies alone; put the path into ${suggestLayers(layers, name)} too`;
  switch (kind) {
    case "option":
      return `${name} must not be given as an option, where others on this machine can see it: use ${suggestLayers(layers, name)}`;
    case "project-executor":
    case "framework-executor":
      return `${where} can't be opened for the file copier: Rundeck opens a property of the node executor for that alone; put the path into ${suggestLayers(layers, name)} too`;
    case "project":
    case "framework":
      return `${where} can't be opened: only Rundeck reads Key Storage, from a plugin property or a node attribute; put the path into ${suggestLayers(layers, name)}`;
    case "node":
    case "project-plugin":
    case "framework-plugin":
    case "plugin":
    case "step":
    case "environment": {
      const empty = kind === "node" ? undefined : findEmptyLayer(layers, name);
      return empty === undefined
        ? `${where} is no Key Storage path that Rundeck could open: correct the path, or what is stored there, or the user's right to read it`
        : `${where} is hidden from Rundeck by an empty ${empty}: remove the empty one`;
    }
  }
}
