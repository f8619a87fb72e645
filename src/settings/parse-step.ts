import * as z from "zod/mini";
import { BridgeError } from "../kernel/errors.ts";
import { findReference } from "../rundeck/expand.ts";
import type { Layers } from "../rundeck/layers.ts";
import { variableName } from "../rundeck/naming.ts";
import { parseExecutorCredentials } from "./credentials.ts";
import { quote } from "./explain.ts";
import { defined, parseNode, readFamily } from "./parse.ts";
import { createReader } from "./read.ts";
import type { NodeSettings } from "./settings.ts";
import { documentFields, stepSettings } from "./step.ts";
import type { DocumentField } from "./step.ts";

/** What a document step needs to know. */
export type StepSettings = NodeSettings & {
  /** Name or ARN. */
  document: string;
  /** A number, `$DEFAULT` or `$LATEST`; absent: the default one. */
  documentVersion?: string;
  /** YAML as the user wrote it, with Rundeck's references filled in. */
  parameters: string;
  comment?: string;
  logGroup?: string;
  logRetrieveDelaySeconds: number;
  /** Whether the node itself says what it is; otherwise AWS alone knows. */
  saysFamily: boolean;
};

/**
 * All of a document step's settings, each from its nearest layer.
 * @throws BridgeError `setting-invalid`, `setting-missing`: the first problem, in one line.
 */
export function parseStepSettings(gathered: Layers): StepSettings {
  const layers = { ...gathered, stepProperties: new Set(stepSettings) };
  const reader = createReader(layers);
  const document = readField(layers, "document");
  if (document === undefined)
    throw new BridgeError(
      "setting-missing",
      `node ${quote(layers.nodeName)}: the step names no document; set its property document`,
    );
  const settings = {
    ...parseNode(reader, parseExecutorCredentials),
    ...defined({
      documentVersion: readField(layers, "document-version"),
      comment: readField(layers, "comment"),
      logGroup: reader.find("cloudwatch-log-group"),
    }),
    document,
    parameters: readField(layers, "parameters") ?? "",
    logRetrieveDelaySeconds: reader.read("log-retrieve-delay"),
    saysFamily: readFamily(layers) !== "",
    sources: reader.sources,
    shown: reader.shown,
  };
  reader.sources.set("document", "step property document");
  reader.shown.set("document", quote(document));
  return settings;
}

/** A property that only the step has. */
function readField(layers: Layers, name: DocumentField): string | undefined {
  const text = layers.rundeck[variableName("CONFIG", name)] ?? "";
  if (text.trim() === "") return undefined;
  refuseReference(layers, name, text);
  if (name === "parameters") return text;
  const parsed = z.safeParse(documentFields[name].form, text.trim());
  if (parsed.success) return parsed.data;
  throw new BridgeError(
    "setting-invalid",
    `${name} is ${quote(text)} on node ${quote(layers.nodeName)}, from step property ${name}: it must be ${parsed.error.issues[0]?.message ?? "of another form"}`,
  );
}

/** Rundeck's own, in the form that it fills in; a shell's `${HOME}` is the author's. */
const rundeckReference =
  /^\$\{(?:job|node|option|secureOption|globals|data|export|execution|project|framework|unquotedoption)[.@]/;

function refuseReference(
  layers: Layers,
  name: DocumentField,
  text: string,
): void {
  const references =
    name === "parameters"
      ? [...text.matchAll(/\$\{[^{}]*\}/g)].map(([reference]) => reference)
      : [findReference(text)];
  const reference = references.find(
    (found) => found !== undefined && rundeckReference.test(found),
  );
  if (reference === undefined) return;
  throw new BridgeError(
    "setting-invalid",
    `${name} on node ${quote(layers.nodeName)}, from step property ${name}, refers to ${quote(reference)}, which has no value there; set it or write the value itself`,
  );
}
