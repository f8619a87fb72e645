import { BridgeError } from "../kernel/errors.ts";
import type { Ended } from "../command/runner/report.ts";
import type { Run } from "./watch.ts";

/**
 * Says once what of the output is left out, and how to get it. Throws `output-incomplete` if the node could not keep what it
 * should have kept.
 */
export function tellLimits(
  { ports, plan }: Pick<Run, "ports" | "plan">,
  report: Ended,
): void {
  if (report.cut.length > 0)
    ports.log.note(
      `${plan.target}: only the first ${describeBytes(plan.outputLimitBytes)} of ${report.cut.join(" and ")} are shown, and the rest is lost; for all of it set cloudwatch-log-group or ssm-output-bucket, or raise ssm-output-limit`,
    );
  if (report.incomplete)
    throw new BridgeError(
      "output-incomplete",
      `${plan.target}: the node could not keep all of the output; its disk is full`,
    );
}

/** "8 MiB", "23,400 bytes" */
export function describeBytes(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return Number.isInteger(mebibytes)
    ? `${mebibytes} MiB`
    : `${bytes.toLocaleString("en-US")} bytes`;
}
