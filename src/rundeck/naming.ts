import type { HostService, Service } from "./host.ts";

/** Our provider of each service, as `plugin.yaml` names it. */
export const providerNames = {
  NodeExecutor: "awsssmexecutor",
  FileCopier: "aws-ssm-copier",
} as const satisfies Record<Service, string>;

/** Our source of nodes; it is of no node, so it has no layers. */
export const nodeSourceName = "aws-ssm-nodes";

/** The workflow step that runs a document. */
export const documentStepName = "aws-ssm-document";

/** The workflow step that runs the doctor. */
export const doctorStepName = "aws-ssm-doctor";

/** The provider whose plugin properties count for a service. */
export function providerOf(service: HostService): string {
  return service === "WorkflowNodeStep"
    ? documentStepName
    : providerNames[service];
}

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

/** The option for a setting on the command line, without its dashes. */
export function optionName(setting: string): string {
  return setting === "instanceId" ? "instance" : setting;
}

function foldName(name: string): string {
  return name.toUpperCase().replace(/[^A-Za-z0-9_]/g, "_");
}
