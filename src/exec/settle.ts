import { BridgeError } from "../kernel/errors.ts";
import type { Outcome } from "../kernel/outcome.ts";
import type { Invocation } from "../aws/ssm.ts";
import type { Ended } from "../command/runner/report.ts";
import { stderrLimitCharacters } from "../output/bare.ts";

/** What is known of a command when it has ended. */
export type Evidence = {
  invocation: Invocation;
  /** The runner's own account; absent with `ssm-runner=none`, or when the runner could not give one. */
  report: Ended | undefined;
  runner: "full" | "none";
  executionTimeoutSeconds: number;
  /** False where the user's own document may have a time limit that we don't know. */
  isTimeoutOurs: boolean;
  deliveryTimeoutSeconds: number;
  target: string;
};

/**
 * Turns the evidence into the outcome. The runner's account comes first, since AWS's code is not always the command's: where a runner
 * was there that gave none, it is the runner's. Otherwise status and detail decide, never the response code alone.
 * Throws `node-unreachable`, `access-denied`, `setting-invalid` or `output-incomplete` where AWS or the node could not run it.
 * Source of the statuses: Run Command user guide, "Understanding command statuses".
 */
export function settle(evidence: Evidence): Outcome {
  const { invocation, report, target } = evidence;
  const told = report && settleReport(report, evidence);
  if (told) return told;
  switch (invocation.status) {
    case "Success":
      return exited(evidence, Math.max(invocation.responseCode, 0));
    case "Failed":
      return failed(evidence);
    case "TimedOut":
    case "ExecutionTimedOut":
      return timedOut(evidence);
    case "DeliveryTimedOut":
      return {
        kind: "delivery-timeout",
        afterSeconds: evidence.deliveryTimeoutSeconds,
      };
    case "Cancelled":
      return { kind: "cancelled" };
    case "Undeliverable":
      throw new BridgeError(
        "node-unreachable",
        `${target}: AWS could not deliver the command (Undeliverable); the instance does not exist, does not run, or its SSM agent is offline`,
      );
    case "Terminated":
      throw new BridgeError(
        "node-unreachable",
        `${target}: AWS ended the command before it reached the node (Terminated)`,
      );
    case "InvalidPlatform":
      throw new BridgeError(
        "setting-invalid",
        `${target}: the document does not support the node's platform (InvalidPlatform); set the node's osFamily (unix, windows) or ssm-document-name`,
      );
    case "AccessDenied":
      throw new BridgeError(
        "access-denied",
        `${target}: AWS let the command be sent but not reach this node (AccessDenied); allow ssm:SendCommand on the instance`,
      );
    default:
      throw new BridgeError(
        "aws-refused",
        `${target}: AWS ended the command with a status unknown to us (${invocation.status})`,
      );
  }
}

/** The outcome that the runner tells, for which AWS need not be asked; undefined where it has not seen the end. */
export function settleReport(
  { ending }: Ended,
  { executionTimeoutSeconds }: { executionTimeoutSeconds: number },
): Outcome | undefined {
  switch (ending.kind) {
    case "exited":
      return { kind: "exited", exitCode: narrowCode(ending.exitCode) };
    case "timeout":
      return {
        kind: "execution-timeout",
        afterSeconds: executionTimeoutSeconds,
      };
    case "unseen":
      return undefined;
  }
}

/** Signals from 1 on by the names that Go's agent prints; it calls others "signal N". Source: Go's syscall on Linux. */
const signalNames = [
  "hangup",
  "interrupt",
  "quit",
  "illegal instruction",
  "trace/breakpoint trap",
  "aborted",
  "bus error",
  "floating point exception",
  "killed",
  "user defined signal 1",
  "segmentation fault",
  "user defined signal 2",
  "broken pipe",
  "alarm clock",
  "terminated",
];

/** The shell's exit status for the signal that the agent's last words name. */
function signalCode(stderr: string): number | undefined {
  const words = /signal: ([a-z\d /]+?)(?: \(core dumped\))?\s*$/.exec(
    stderr,
  )?.[1];
  if (words === undefined) return undefined;
  const number = /^signal (\d+)$/.exec(words)?.[1];
  if (number !== undefined) return 128 + Number(number);
  const at = signalNames.indexOf(words);
  return at < 0 ? undefined : 129 + at;
}

function failed(evidence: Evidence): Outcome {
  const { responseCode, stderr } = evidence.invocation;
  if (responseCode >= 0 && responseCode <= 255)
    return exited(evidence, responseCode || 1);
  const exitCode = signalCode(stderr);
  if (exitCode !== undefined) return exited(evidence, exitCode);
  if (responseCode > 255) return exited(evidence, narrowCode(responseCode));
  if (stderr.length >= stderrLimitCharacters)
    throw new BridgeError(
      "output-incomplete",
      `${evidence.target}: the command failed, and its code is not known: SSM has cut the end of stderr, where the agent tells the signal that ended it; let it write less there`,
    );
  throw new BridgeError(
    "setting-invalid",
    `${evidence.target}: the SSM agent could not run the document (Failed, code ${responseCode}); look at the command's details in Run Command's history`,
  );
}

function exited({ runner, target }: Evidence, exitCode: number): Outcome {
  if (runner === "none") return { kind: "exited", exitCode };
  throw new BridgeError(
    "output-incomplete",
    `${target}: the runner ended without telling how the command ended (SSM shows code ${exitCode} of it): something on the node has killed it, for want of memory maybe, or ssm-document-name runs no shell, which goes with ssm-runner=none`,
  );
}

/** Windows has codes wider than a process of ours can end with: the last byte (3010 is 194), but never 0 for a failure. */
function narrowCode(code: number): number {
  return code === 0 ? 0 : code & 255 || 1;
}

/**
 * The agent says TimedOut for 137 too, which is also what a process killed for want of memory leaves: the time that it
 * worked tells them apart.
 */
function timedOut(evidence: Evidence): Outcome {
  const { invocation, executionTimeoutSeconds, isTimeoutOurs } = evidence;
  const { elapsedMs, responseCode } = invocation;
  if (!isTimeoutOurs && elapsedMs !== undefined)
    return {
      kind: "execution-timeout",
      afterSeconds: Math.round(elapsedMs / 1_000),
      isOthers: true,
    };
  const early =
    elapsedMs !== undefined &&
    elapsedMs < (executionTimeoutSeconds - 1) * 1_000;
  if (responseCode === 137 && early) return exited(evidence, 137);
  return { kind: "execution-timeout", afterSeconds: executionTimeoutSeconds };
}
