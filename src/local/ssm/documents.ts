import type { AgentMessage, ScriptStep, Step } from "../node/message.ts";
import { AwsFault } from "../protocol.ts";
import { type ContentDocument, documentOfContent } from "./content.ts";
import type { Document, VersionedDocument } from "./document.ts";
import { maintenanceDocuments } from "./maintenance-documents.ts";
import {
  awsDocuments,
  customDocument,
  type CustomDocument,
} from "./script-documents.ts";

/** Documents of the user's own: scripts around `commands`, or whole ones. */
export type OwnDocument = CustomDocument | ContentDocument;

export type Documents = {
  /** Takes a name or an ARN, and a version as AWS names it. Throws InvalidDocument, InvalidDocumentVersion. */
  find(name: string, version?: string): VersionedDocument;
  /** The default version of each. */
  all(): VersionedDocument[];
};

export function createDocuments(own: OwnDocument[]): Documents {
  const all = [
    ...awsDocuments.map((document) => [document]),
    ...[...maintenanceDocuments, ...own].map(versionsOf),
  ].map(numbered);
  return {
    all: () => all.flatMap((versions) => versions.filter(isDefault)),
    find: (nameOrArn, version = "$DEFAULT") => {
      const name =
        /^arn:[^/]*:document\/(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
      const versions = all.find(([first]) => first?.name === name);
      if (!versions)
        throw new AwsFault(
          "InvalidDocument",
          `Document with name ${name} does not exist.`,
        );
      const found = versions.find((document) => isVersion(document, version));
      if (!found)
        throw new AwsFault(
          "InvalidDocumentVersion",
          `Document ${name} has no version ${version}.`,
        );
      return found;
    },
  };
}

function versionsOf(
  own: OwnDocument,
): Document[] & { defaultVersion?: number } {
  if (!("versions" in own)) return [customDocument(own)];
  const { versions, defaultVersion = 1, ...document } = own;
  return Object.assign(
    versions.map((content) => documentOfContent(document, content)),
    { defaultVersion },
  );
}

function numbered(
  versions: Document[] & { defaultVersion?: number },
): VersionedDocument[] {
  const { defaultVersion = 1, length } = versions;
  return versions.map((document, index) => ({
    ...document,
    version: String(index + 1),
    defaultVersion: String(defaultVersion),
    latestVersion: String(length),
  }));
}

function isDefault({ version, defaultVersion }: VersionedDocument): boolean {
  return version === defaultVersion;
}

function isVersion(document: VersionedDocument, asked: string): boolean {
  switch (asked) {
    case "$DEFAULT":
      return isDefault(document);
    case "$LATEST":
      return document.version === document.latestVersion;
    default:
      return document.version === asked;
  }
}

/** `{{ssm:name}}` in a script is replaced from Parameter Store before the agent runs it; a name that is not there fails the step. */
export function resolveParameters(
  steps: Step[],
  store: ReadonlyMap<string, string>,
): AgentMessage["steps"] {
  return steps.map((step) =>
    step.kind === "script" ? resolveStep(step, store) : step,
  );
}

function resolveStep(
  step: ScriptStep,
  store: ReadonlyMap<string, string>,
): Step {
  const reference = /\{\{\s*ssm:([\w./-]+)\s*\}\}/g;
  const missing = step.commands
    .flatMap((line) => [...line.matchAll(reference)])
    .map(([, name = ""]) => name)
    .find((name) => !store.has(name));
  if (missing !== undefined)
    return { kind: "unresolved", plugin: step.plugin, parameter: missing };
  return {
    ...step,
    commands: step.commands.map((line) =>
      line.replace(reference, (_, name: string) => store.get(name) ?? ""),
    ),
  };
}
