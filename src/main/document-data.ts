import type { StepList } from "../aws/documents.ts";
import { namelessStep } from "../exec/steps/steps.ts";
import type { Outcome } from "../kernel/outcome.ts";

/**
 * Lines that Rundeck's log filter "Key Value Data" makes data for later steps: `${data.ssm-command-id}`. The names are for ever.
 * Source: rundeck, SimpleDataFilterPlugin, its pattern.
 */
function writeLines(data: readonly (readonly [string, string])[]): string {
  return data
    .map(([key, value]) => `RUNDECK:DATA:${key} = ${value}\n`)
    .join("");
}

/** Once AWS has accepted the document. */
export function dataOfSend(commandId: string): string {
  return writeLines([["ssm-command-id", commandId]]);
}

/** When it has ended: the command's state and code, and those of each step by its name. */
export function dataOfEnd(
  { status, steps }: StepList,
  outcome: Outcome,
): string {
  const named = steps.filter(({ name }) => name !== namelessStep);
  return writeLines([
    ["ssm-status", status],
    ...(outcome.kind === "exited"
      ? [["ssm-exit-code", String(outcome.exitCode)] as const]
      : []),
    ...named.flatMap(({ name, status: state, responseCode }) => [
      [`ssm-status.${keyOf(name)}`, state] as const,
      ...(responseCode < 0
        ? []
        : [[`ssm-exit-code.${keyOf(name)}`, String(responseCode)] as const]),
    ]),
  ]);
}

/** `aws:updateSsmAgent` has a colon, which a reference in a job may not. */
function keyOf(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "-");
}
