import { BridgeError } from "../kernel/errors.ts";
import { quoteForCmd, readScriptPath, splitWords } from "./rundeck-words.ts";
import type { RundeckValue } from "./rundeck-words.ts";

/** What cmd.exe reads as more than text, within its quotes or outside. */
export const readByCmd = /[&|<>^%!"\r\n]/;

/** What Systems Manager would fill in, on its way to the node. */
const isParameter = /\{\{\s*ssm/i;

/**
 * The command as a .cmd file shall hold it: each word that Rundeck has quoted around a value is in quotes of cmd.exe.
 * Throws `setting-invalid` for a value that no quotes make data.
 */
export function writeForCmd(
  command: string,
  values: readonly RundeckValue[],
  target: string,
): string {
  const risky = values.filter(
    ({ text }) => readByCmd.test(text) || isParameter.test(text),
  );
  const isDelayed = /delayedexpansion|\/v/i.test(command);
  const escaped = risky.find((value) => isInCarets(command, value));
  if (escaped) throw refuseForCmd(target, "ssm-shell=cmd", escaped);
  const script = readScriptPath(command) ?? "";
  let quotes = 0;
  const written = splitWords(command.slice(script.length)).map((word) => {
    if (word.kind === "blank" && word.text.includes("\n")) quotes = 0;
    const isOpen = quotes % 2 === 1;
    quotes += word.text.split('"').length - 1;
    const text = word.kind === "quoted" ? word.meaning : word.text;
    const value = risky.find((known) => text.includes(known.text));
    if (!value) return word.text;
    const isText =
      !/["\r\n]/.test(text) &&
      !(isDelayed && text.includes("!")) &&
      !isParameter.test(value.text);
    if (word.kind === "quoted" && isText && !isOpen) return quoteForCmd(text);
    throw refuseForCmd(target, "ssm-shell=cmd", value);
  });
  const call = script.includes(" ") ? quoteForCmd(script) : script;
  return `${call}${written.join("")}`;
}

/** Rundeck's third form, where the node has shell-escaping-interpreter=cmd: no caret keeps a batch file from reading `%`. */
function isInCarets(command: string, { text }: RundeckValue): boolean {
  const plain = command.replaceAll("^", "");
  return (
    /[%\r\n]/.test(text) &&
    command.includes("^") &&
    plain.includes(text.replaceAll("^", ""))
  );
}

export function refuseForCmd(
  target: string,
  reader: string,
  { name, text }: RundeckValue,
): BridgeError {
  const sign = (readByCmd.exec(text) ?? isParameter.exec(text))?.[0] ?? "";
  return new BridgeError(
    "setting-invalid",
    `${target}: the value of ${name} has ${JSON.stringify(sign)}, which cmd.exe (${reader}) would not take as text; give it to a PowerShell command or a .ps1 script without that, or leave it out`,
  );
}
