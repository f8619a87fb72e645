import type { Step } from "../node/message.ts";
import type { DocumentParameter, Parameters } from "./parameters.ts";

export type DocumentPlatform = "Linux" | "Windows" | "MacOS";

/** What steps are chosen by. */
export type NodePlatform = "Linux" | "Windows";

/** One version of a document. */
export type Document = {
  name: string;
  owner: "Amazon" | "self";
  description: string;
  /** Only one of type Command is for Run Command. */
  type: "Command" | "Automation";
  schemaVersion: string;
  platforms: DocumentPlatform[];
  parameters: Record<string, DocumentParameter>;
  /** What answers tell about, in the order of the document. */
  plugins: DocumentPlugin[];
  /** Its steps, as the document's own text has them: `mainSteps`, or `runtimeConfig` in schema 1. */
  body: object;
  stepsOf(parameters: Parameters, platform: NodePlatform): Step[];
};

/** `folder`: where S3 keeps its output. */
export type DocumentPlugin = { name: string; folder: string };

/** A version, and what is known of all of them. */
export type VersionedDocument = Document & {
  version: string;
  defaultVersion: string;
  latestVersion: string;
};
