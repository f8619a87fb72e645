import { BridgeError } from "../kernel/errors.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import { splitRemedy } from "./remedy.ts";

/** The stages of the doctor, from inside out. */
export type StageName =
  | "program"
  | "settings"
  | "network"
  | "credentials"
  | "permissions"
  | "node"
  | "trip";

/** What a check found. A problem makes a run fail; what a run works around is a warning; `unknown` could not be found out. */
export type Finding =
  | { state: "ok" | "unknown" | "skipped"; says: string; remedy?: string }
  | { state: "warning"; says: string; remedy: string }
  /** `code` is what a run would end with. */
  | { state: "problem"; says: string; remedy: string; code: ErrorCode };

/** One line of the doctor's table. */
export type Check = { stage: StageName; name: string } & Finding;

/** What a later check can't do without: the way to a service, credentials, the right to send, a node that answers. */
export type Need =
  | "ssm"
  | "sts"
  | "logs"
  | "s3"
  | "ec2"
  | "credentials"
  /** Those of the file copier, which may be others. */
  | "copier-credentials"
  /** `ssm:SendCommand` is allowed. */
  | "send"
  /** The node takes commands. */
  | "node";

/** What can't be had, and the check that found so: "network: ssm". */
export type Lacks = Map<Need, string>;

/** The first of several needs that can't be had, as a finding of the check that has them. */
export function skippedFor(
  needs: readonly Need[],
  lacks: ReadonlyMap<Need, string>,
): Finding | undefined {
  const missing = needs.find((need) => lacks.has(need));
  return missing === undefined
    ? undefined
    : { state: "skipped", says: `not tried: see ${lacks.get(missing) ?? ""}` };
}

/**
 * Makes one check: skipped where something is lacking that it needs, else what `work` finds, or the failure that it throws. Where it is
 * a problem, what it `gives` is lacking from then on.
 */
export async function check(
  { stage, name }: { stage: StageName; name: string },
  {
    needs = [],
    gives = [],
    lacks,
  }: { needs?: readonly Need[]; gives?: readonly Need[]; lacks: Lacks },
  work: () => Promise<Finding>,
): Promise<Check> {
  const finding =
    skippedFor(needs, lacks) ?? (await work().catch(findingOfFailure));
  if (finding.state === "problem" || finding.state === "skipped")
    for (const need of gives)
      if (!lacks.has(need)) lacks.set(need, `${stage}: ${name}`);
  return { stage, name, ...finding };
}

/** What the signal of a doctor that has no more time is aborted with. */
export class OutOfTime extends Error {}

/** A failure as a problem. What is not ours to explain is a defect, or a kill, and is thrown on. */
export function findingOfFailure(error: unknown): Finding {
  if (error instanceof OutOfTime)
    return { state: "unknown", says: "there was no time left for it" };
  if (!(error instanceof BridgeError)) throw error;
  return { state: "problem", code: error.code, ...splitRemedy(error.message) };
}
