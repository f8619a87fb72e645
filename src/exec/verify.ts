import { BridgeError } from "../kernel/errors.ts";
import type { Ended } from "../command/runner/report.ts";
import { refuseIncomplete } from "./limits.ts";
import type { Run } from "./watch.ts";

/**
 * Throws `output-incomplete` unless all that was delivered, by whatever ways together, is to the byte what the command wrote. Nothing is
 * compared where nobody knows what that was: without a runner's account. Where the node could not keep it, that is why.
 */
export function verify(
  { delivery, plan }: Pick<Run, "delivery" | "plan">,
  report: Ended,
): void {
  const { whole } = report;
  if (!whole) return;
  const { stdout, stderr } = delivery.delivered;
  const sum = delivery.digest();
  const isAnotherSize =
    stdout !== whole.stdoutBytes || stderr !== whole.stderrBytes;
  const isAltered =
    sum !== undefined && whole.sha256 !== undefined && sum !== whole.sha256;
  const wrong = isAnotherSize
    ? `${stdout} bytes of stdout and ${stderr} of stderr came, and the command wrote ${whole.stdoutBytes} and ${whole.stderrBytes}`
    : isAltered
      ? "their SHA-256 is not what the node computed"
      : undefined;
  if (wrong === undefined) return;
  refuseIncomplete(plan, report);
  throw new BridgeError(
    "output-incomplete",
    `${plan.target}: the command's output did not come as it was: ${wrong}`,
  );
}
