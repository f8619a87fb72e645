import type { StepList, StepState } from "../../aws/documents.ts";
import type { Invocation } from "../../aws/ssm.ts";
import { isFinal } from "../follow.ts";

/** What AWS shows of a command with steps: its own state, and of its failing step the code. */
export function conclude(
  { status, steps }: StepList,
  replies: ReadonlyMap<string, Invocation>,
): Invocation {
  const failing = findFailing({ status, steps });
  const reply = failing && replies.get(failing.name);
  const code = failing ? codeOf(failing, reply) : -1;
  return {
    status,
    // a document that steers by 168 has succeeded
    responseCode: status === "Success" ? 0 : code,
    stdout: "",
    stderr: reply?.stderr ?? "",
    ...(reply?.elapsedMs === undefined ? {} : { elapsedMs: reply.elapsedMs }),
  };
}

/** The step that a command's failure comes from: the first that ended as the command did, else the first that did not succeed. */
function findFailing({ status, steps }: StepList): StepState | undefined {
  return (
    steps.find((step) => step.status === status && isFailure(step)) ??
    steps.find(isFailure)
  );
}

/** A step's code by the list, or by its own answer where that was there first. */
export function codeOf(step: StepState, reply: Invocation | undefined): number {
  return step.responseCode >= 0
    ? step.responseCode
    : (reply?.responseCode ?? -1);
}

/** Whether a step has ended, and not well. */
export function isFailure({ status }: StepState): boolean {
  return isFinal(status) && status !== "Success" && status !== "Skipped";
}
