import { BridgeError } from "../kernel/errors.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import type { Destination } from "./request.ts";
import * as unix from "./unix/names.ts";
import * as windows from "./windows/names.ts";

type Given = Pick<Destination, "path" | "platform" | "fileName">;

/**
 * Refuses a destination that nobody can mean, before anything is sent: as the path that it literally is, it would be a file
 * in the folder of the node's SSM agent, or what Windows takes for something else.
 * Throws `setting-missing` for an empty one, else `setting-invalid`.
 */
export function refuseUnmeant(given: Given, target: string): void {
  const [code, problem] = problemOf(given) ?? [];
  if (code === undefined) return;
  throw new BridgeError(code, `${target}: ${problem}`);
}

function problemOf(given: Given): [ErrorCode, string] | undefined {
  const { path, platform } = given;
  if (path.trim() === "")
    return ["setting-missing", "there is no destination to copy to"];
  // Rundeck takes the first line that we print for the path
  if (/[\r\n]/.test(path))
    return [
      "setting-invalid",
      "the destination holds a line break, which Rundeck can't take for a path; choose another",
    ];
  const unmeant = unmeantPartOf(path);
  if (unmeant !== undefined)
    return [
      "setting-invalid",
      `the destination ${JSON.stringify(path)} ${unmeant}`,
    ];
  const problem =
    platform === "unix" ? unixProblemOf(given) : windowsProblemOf(given);
  return problem === undefined ? undefined : ["setting-invalid", problem];
}

function unixProblemOf({ path, fileName }: Given): string | undefined {
  const shown = JSON.stringify(path);
  const unmeant = unmeantStartOf(path);
  if (unmeant !== undefined) return `the destination ${shown} ${unmeant}`;
  const reason = unix.explainPath(path, fileName);
  return (
    reason &&
    `the destination ${shown} can't be a file on Unix: ${reason}; choose another`
  );
}

function windowsProblemOf({ path, fileName }: Given): string | undefined {
  const reason = windows.explainPath(path, fileName);
  return (
    reason &&
    `the destination ${path} can't be a file on Windows: ${reason}; choose another`
  );
}

/** What stands in no path on any system that somebody means. */
function unmeantPartOf(path: string): string | undefined {
  if (/^\s/.test(path))
    return "begins with a blank, which would be part of the name: write the path without it";
  // a group, a dot and a name, as no shell's variable has
  const [reference] = /\$\{[\w:]+[.@][^{}]*\}/.exec(path) ?? [];
  if (reference !== undefined)
    return `refers to ${JSON.stringify(reference)}, which has no value there; set it or write the path itself`;
  if (holdsNoUtf8(path))
    return "holds what is no UTF-8 (or U+FFFD, which stands for that), so the node would give it another name; choose another";
  return undefined;
}

/** Node reads variables and arguments as UTF-8, and puts U+FFFD for every byte that is none: two names may become one. */
export function holdsNoUtf8(text: string): boolean {
  return text.includes("\ufffd");
}

/** What a relative path begins with, if it must be something else than a name. */
function unmeantStartOf(path: string): string | undefined {
  if (/^(?:\$|`|%[^%/]+%)/.test(path))
    return "begins with a variable or a command, which nobody fills in there: write the path itself (~ is the user's home)";
  if (/^[A-Za-z]:(?:$|\/)|^[^/~][^/]*\\|^\\/.test(path))
    return "is a path of Windows, and this node counts as Unix: correct it, or set the node attribute osFamily to windows";
  if (/^[^/]*:\//.test(path))
    return "is an address, not a path: name a path on the node";
  if (/^["']/.test(path))
    return "begins with a quote, which would be part of the name: write the path without quotes";
  return undefined;
}
