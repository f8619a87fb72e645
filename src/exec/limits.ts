import { BridgeError } from "../kernel/errors.ts";
import { largestKeptBytes } from "../command/plan.ts";
import type { Ended, Oddity } from "../command/runner/report.ts";
import type { Run } from "./watch.ts";

/**
 * Says once what of the output is left out, and how to get it. Throws `output-incomplete` if the node could not keep what it
 * should have kept.
 */
export function tellLimits(
  { ports, plan, delivery }: Pick<Run, "ports" | "plan" | "delivery">,
  report: Ended,
): void {
  const shown = Math.max(
    0,
    ...report.cut.map((stream) => delivery.delivered[stream]),
  );
  if (report.cut.length > 0)
    ports.log.note(
      `${plan.target}: only the first ${describeBytes(shown)} of ${report.cut.join(" and ")} are shown, and the rest is lost; ${adviceFor(ports, shown)}`,
    );
  for (const oddity of report.oddities ?? [])
    ports.log.note(`${plan.target}: ${oddityTexts[oddity]}`);
  if (report.incomplete)
    throw new BridgeError(
      "output-incomplete",
      `${plan.target}: the node could not keep all of the output; ${report.diskFull ? "its disk is full" : "a process that collects it was stopped or could not write"}`,
    );
}

const oddityTexts: Readonly<Record<Oddity, string>> = {
  bom: "the script begins with a byte order mark, which no shell understands before a command or #!; save it as UTF-8 without BOM",
  crlf: "the script's #! line ends with CRLF, so its interpreter is not found; save it with LF line ends",
};

/** What keeps more. Beyond what a node keeps at most only a file does, which the command itself writes. */
function adviceFor(
  { subject }: Pick<Run, "ports">["ports"],
  shownBytes: number,
): string {
  return shownBytes >= largestKeptBytes
    ? "no more is kept: let the command write it to a file, or less of it"
    : `for all of it set cloudwatch-log-group or ssm-output-bucket, or raise ${subject.setting("ssm-output-limit")}`;
}

/** "8 MiB", "23,400 bytes" */
export function describeBytes(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return Number.isInteger(mebibytes)
    ? `${mebibytes} MiB`
    : `${bytes.toLocaleString("en-US")} bytes`;
}
