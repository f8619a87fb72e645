import type { PolicyDocument } from "../document.ts";
import type { Kind } from "../settings.ts";

/** A policy, and what a template calls it. */
export type Named = { kind: Kind; document: PolicyDocument };

/** What it says of itself; IAM takes no more than plain text. */
export const descriptions: Readonly<Record<Kind, string>> = {
  executor: "Rundeck's commands on nodes through Systems Manager",
  copier: "Rundeck's file copies to nodes through Systems Manager",
  node: "What nodes need for Rundeck's commands and file copies",
  bucket: "What passes between Rundeck and nodes",
  key: "The key of what passes between Rundeck and nodes",
  trust: "The role that Rundeck assumes",
};

/** A role's name and path, as templates ask for them. */
export function splitRole(role: string): { name: string; path: string } {
  const [, path = "/", name = ""] =
    /:role(\/(?:.*\/)?)([^/]+)$/.exec(role) ?? [];
  return { name, path };
}
