import type { Environment } from "./environment.ts";
import { variableName } from "./naming.ts";

const groups = {
  node: "NODE",
  job: "JOB",
  option: "OPTION",
  globals: "GLOBALS",
} as const;

/**
 * Replaces `${node.x}`, `${job.x}`, `${option.x}` and `${globals.x}` as Rundeck does in the properties that it hands over itself.
 * A reference without a value stays as it is.
 */
export function expandReferences(
  text: string,
  environment: Environment,
): string {
  return text.replace(
    /\$\{(node|job|option|globals)\.([^{}]+)\}/g,
    (reference, group: keyof typeof groups, name: string) =>
      environment[variableName(groups[group], name)] ?? reference,
  );
}

/** The first `${…}` that nobody has resolved. */
export function findReference(text: string): string | undefined {
  return /\$\{[^{}]*\}/.exec(text)?.[0];
}
