import type { OptionKind } from "./arguments.ts";
import { kindOfDoctorOption } from "./cli-doctor.ts";
import { kindOfNodesOption } from "./cli-nodes.ts";
import { kindOfPolicyOption } from "./cli-policy.ts";
import { kindOfSidecarOption } from "./cli-sidecar.ts";
import { findOption } from "../settings/options.ts";

/** How `plugin/aws-ssm-doctor.sh` starts the node step. */
export const doctorStepWord = "doctor-step";

/** What each command of `rundeck-ssm` makes of an option. */
export function kindOf(command: string, name: string): OptionKind {
  // whatever is asked of it, it is not here: that is what has to be said
  if (command === "local") return "value";
  if (command === "sidecar") return kindOfSidecarOption(name);
  if (command === "policy") return kindOfPolicyOption(name);
  if (command === "nodes") return kindOfNodesOption(name);
  if (command === "doctor" || command === doctorStepWord)
    return kindOfDoctorOption(name);
  const takesSettings = command === "exec" || command === "copy";
  return takesSettings && findOption(name) !== undefined ? "value" : undefined;
}
