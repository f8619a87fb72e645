import { BridgeError, exitCodes } from "../kernel/errors.ts";
import type { ErrorCode, Subject } from "../kernel/errors.ts";
import type { KilledCommand, Outcome } from "../kernel/outcome.ts";
import type { StreamName } from "../output/chunk.ts";

/** What a process ends with: a status, and at most one line on stderr. */
export type Ending = { exitCode: number; line?: string; commandId?: string };

/** The ending of a failure of our own. Whatever is not a `BridgeError` is a defect; its text may hold anything, so only its kind and place are told. */
export function endingOfError(error: unknown, nodeName: string): Ending {
  if (error instanceof BridgeError) return endingOf(error.code, error.message);
  return endingOf(
    "defect",
    `node ${nodeName}: a defect in rundeck-ssm-bridge (${describe(error)}); please report it with the version and this line`,
  );
}

/** The ending of a step that asks for what its document does not take: each mistake is a line. */
export function endingOfMistakes(
  target: string,
  mistakes: readonly string[],
): Ending {
  const lines = mistakes.map(
    (mistake) => endingOf("setting-invalid", `${target}: ${mistake}`).line,
  );
  return { exitCode: exitCodes["setting-invalid"], line: lines.join("") };
}

/** The ending of a command; once AWS had it, its id ends the line. */
export function endingOfOutcome(
  outcome: Outcome,
  subject: Subject,
  commandId?: string,
): Ending {
  const where = subject.target;
  const setting = (name: string) => subject.setting(name);
  const ending = (code: ErrorCode, message: string) =>
    endingOf(
      code,
      commandId === undefined ? message : `${message}; command ${commandId}`,
    );
  switch (outcome.kind) {
    case "exited":
      return {
        exitCode: outcome.exitCode,
        ...(commandId === undefined ? {} : { commandId }),
      };
    case "execution-timeout":
      return ending(
        "execution-timeout",
        `${where}: the command was ended after ${outcome.afterSeconds} s on the node; raise ${outcome.isOthers ? "the time limit in the document, unless something else there has killed it, for want of memory maybe" : setting("ssm-execution-timeout")}`,
      );
    case "delivery-timeout":
      return ending(
        "delivery-timeout",
        `${where}: the node did not take the command within ${outcome.afterSeconds} s; is its SSM agent online, or busy? See also ${setting("ssm-delivery-timeout")}`,
      );
    case "never-begun":
      return ending(
        "delivery-timeout",
        `${where}: the node took the command, but within ${outcome.afterSeconds} s it was not seen to begin (an agent runs five at once, the others wait); it was cancelled. See ${setting("ssm-delivery-timeout")} and ${setting("ssm-execution-timeout")}`,
      );
    case "cancelled":
      return ending(
        "cancelled",
        `${where}: the command was cancelled in AWS (console or API)`,
      );
    case "killed":
      return ending(
        "cancelled",
        `${where}: killed by Rundeck${killedWords[outcome.command]}`,
      );
  }
}

const killedWords: Readonly<Record<KilledCommand, string>> = {
  ended: ", and ended on the node",
  "never-began":
    ", never begun: nothing was sent, or it never began on the node",
  unconfirmed:
    "; its end was asked for, but not confirmed: it may be going on on the node",
  "goes-on": ", but the command, or a part of it, is going on on the node",
};

/** The ending of a command that had ended by itself when a kill came, before its output was all taken: nobody has heard the whole of it. */
export function endingOfCut(ending: Ending, nodeName: string): Ending {
  if (ending.line !== undefined) return ending;
  return endingOf(
    "cancelled",
    `node ${nodeName}: killed by Rundeck before all of the output was shown; the command had ended with ${ending.exitCode}${ending.commandId === undefined ? "" : `; command ${ending.commandId}`}`,
  );
}

/** What could not be written where it belongs, and why: ENOSPC of a full disk. */
export type Unwritten = { stream: StreamName; why: string };

/** The same where its output could not be written: a command that ended well has not been heard. */
export function endingOfOutput(
  ending: Ending,
  unwritten: Unwritten | undefined,
  nodeName: string,
): Ending {
  if (unwritten === undefined || ending.line !== undefined) return ending;
  const { stream, why } = unwritten;
  const where = nodeName === "" ? "" : `node ${nodeName}: `;
  // a copy's path, a list
  if (ending.commandId === undefined)
    return endingOf(
      "output-incomplete",
      `${where}what was to be printed could not be written to ${stream} (${why})`,
    );
  return endingOf(
    "output-incomplete",
    `${where}the command's output could not be written to ${stream} (${why}); it ended with ${ending.exitCode}; command ${ending.commandId}`,
  );
}

function endingOf(code: ErrorCode, message: string): Ending {
  return {
    exitCode: exitCodes[code],
    line: `rundeck-ssm: ${code}: ${oneLine(pointToDoctor(code, message))}\n`,
  };
}

/** What the doctor finds the cause of better than one line can tell. */
const doctors = new Set<ErrorCode>([
  "access-denied",
  "aws-unreachable",
  "credentials-invalid",
  "credentials-unavailable",
  "node-unreachable",
  "not-aws",
]);

/** The command's id stays at the line's end. */
function pointToDoctor(code: ErrorCode, message: string): string {
  return doctors.has(code)
    ? message.replace(/(?=; command \S+$)|$/, "; see rundeck-ssm doctor")
    : message;
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
