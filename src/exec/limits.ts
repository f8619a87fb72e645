import { BridgeError } from "../kernel/errors.ts";
import { largestKeptBytes } from "../command/plan.ts";
import type { Ended, Oddity } from "../command/runner/report.ts";
import type { Run } from "./watch.ts";

/** Says once what of the output is left out, and how to get it. Throws as `refuseIncomplete` does. */
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
      `${plan.target}: ${describeCut(shown, report.cut.join(" and "))}; ${adviceFor({ ports, plan }, shown)}`,
    );
  for (const oddity of report.oddities ?? [])
    ports.log.note(`${plan.target}: ${oddityTexts[oddity]}`);
  refuseIncomplete(plan, report);
}

/** Throws `output-incomplete` if the node could not keep what it should have kept. */
export function refuseIncomplete(
  { target }: Pick<Run["plan"], "target">,
  { incomplete, diskFull }: Ended,
): void {
  if (!incomplete) return;
  const why = diskFull
    ? `the disk of ${diskFull.folder} there is full; make room, or let the command write less`
    : "what collects it was stopped or could not write, or the command removed its files";
  throw new BridgeError(
    "output-incomplete",
    `${target}: the node could not keep all of the output: ${why}`,
  );
}

const oddityTexts: Readonly<Record<Oddity, string>> = {
  bom: "the script begins with a byte order mark, which no shell understands before a command or #!; save it as UTF-8 without BOM",
  crlf: "the script's #! line ends with CRLF, so its interpreter is not found; save it with LF line ends",
};

/** What keeps more. Beyond what a node keeps at most only a file does, which the command itself writes. */
function adviceFor(
  { ports, plan }: Pick<Run, "ports" | "plan">,
  shownBytes: number,
): string {
  if (shownBytes >= largestKeptBytes)
    return "no more is kept: let the command write it to a file, or less of it";
  const limit = ports.subject.setting("ssm-output-limit");
  return plan.outputBucket === undefined
    ? `for all of it set cloudwatch-log-group or ssm-output-bucket, or raise ${limit}`
    : `for all of it raise ${limit}`;
}

function describeCut(shownBytes: number, streams: string): string {
  if (shownBytes === 0)
    return `nothing of ${streams} is shown, and all of it is lost`;
  const shown =
    shownBytes === 1
      ? `byte of ${streams} is`
      : `${describeBytes(shownBytes)} of ${streams} are`;
  return `only the first ${shown} shown, and the rest is lost`;
}

/** "8 MiB", "23,400 bytes" */
function describeBytes(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return Number.isInteger(mebibytes)
    ? `${mebibytes} MiB`
    : `${bytes.toLocaleString("en-US")} bytes`;
}
