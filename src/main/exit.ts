import { BridgeError, exitCodes } from "../kernel/errors.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import type { Outcome } from "../kernel/outcome.ts";

/** What a process ends with: a status, and at most one line on stderr. */
export type Ending = { exitCode: number; line?: string };

/** The ending of a failure of our own. Whatever is not a `BridgeError` is a defect; its text may hold anything, so only its kind and place are told. */
export function endingOfError(error: unknown, nodeName: string): Ending {
  if (error instanceof BridgeError) return ending(error.code, error.message);
  return ending(
    "defect",
    `node ${nodeName}: a defect in rundeck-ssm-bridge (${describe(error)}); please report it with the version and this line`,
  );
}

/** The ending of a command. `where` names the node; `setting` tells a timeout's setting and its layer. */
export function endingOfOutcome(
  outcome: Outcome,
  where: string,
  setting: (name: string) => string,
): Ending {
  switch (outcome.kind) {
    case "exited":
      return { exitCode: outcome.exitCode };
    case "execution-timeout":
      return ending(
        "execution-timeout",
        `${where}: the command was ended after ${outcome.afterSeconds} s on the node; raise ${setting("ssm-execution-timeout")}`,
      );
    case "delivery-timeout":
      return ending(
        "delivery-timeout",
        `${where}: the node did not take the command within ${outcome.afterSeconds} s; is its SSM agent online, or busy? See also ${setting("ssm-delivery-timeout")}`,
      );
    case "cancelled":
      return ending(
        "cancelled",
        outcome.by === "rundeck"
          ? `${where}: killed by Rundeck, and ended on the node`
          : `${where}: the command was cancelled in AWS (console or API)`,
      );
  }
}

function ending(code: ErrorCode, message: string): Ending {
  return {
    exitCode: exitCodes[code],
    line: `rundeck-ssm: ${code}: ${oneLine(message)}\n`,
  };
}

/** Control characters and line breaks shown as escapes, so that one failure is one line. */
export function oneLine(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const at = /\(?([\w.-]+:\d+:\d+)\)?$/m.exec(error.stack ?? "")?.[1];
  return at ? `${error.name} at ${at}` : error.name;
}
