import type { Service } from "./host.ts";

/** Our provider of each service, as `plugin.yaml` names it. */
export const providerNames = {
  NodeExecutor: "awsssmexecutor",
  FileCopier: "aws-ssm-copier",
} as const satisfies Record<Service, string>;

/** The groups of `RD_*` variables that we read by name. */
export type VariableGroup =
  "NODE" | "CONFIG" | "JOB" | "OPTION" | "GLOBALS" | "RUNDECK";

/**
 * The environment variable in which Rundeck hands over a value of its data context.
 * Names that fold to the same variable are indistinguishable: Rundeck keeps one of them.
 * Source: rundeck-core, DataContextUtils.
 */
export function variableName(group: VariableGroup, name: string): string {
  return `RD_${group}_${foldName(name)}`;
}

/** Our own environment variable for a setting: `ssm-run-as` is `RUNDECK_SSM_RUN_AS`. */
export function ownVariableName(setting: string): string {
  return `RUNDECK_SSM_${foldName(setting.replace(/^ssm-/, ""))}`;
}

function foldName(name: string): string {
  return name.toUpperCase().replace(/[^A-Za-z0-9_]/g, "_");
}
