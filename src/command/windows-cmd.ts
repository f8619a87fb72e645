import { BridgeError } from "../kernel/errors.ts";
import { quoteForCmd, readScriptPath, splitWords } from "./rundeck-words.ts";
import type { RundeckValue, Word } from "./rundeck-words.ts";

/** What cmd.exe reads as more than text, within its quotes or outside. */
const readByCmd = /[&|<>^%!"\r\n]/;

/** What Systems Manager would fill in, on its way to the node. */
const isParameter = /\{\{\s*ssm/i;

/** After it a program may stand. */
const beforeProgram =
  /^(?:\.|=|\$[\w:]+=?|return|else|do|try|finally|["'](?:[^"']|''|"")*)$/i;
const startsPrograms = /^(?:Start-Process|saps|start|Invoke-Item|ii)$/i;

/**
 * PowerShell hands an argument over to cmd.exe as text of a command line, without quotes where it has no blank, and a
 * batch file puts it into its lines before it reads them: nothing that PowerShell could quote makes it safe there.
 * Throws `setting-invalid` for a value that a batch file or cmd.exe would read.
 */
export function rejectForCmd(
  { script, words }: { script: string | undefined; words: readonly Word[] },
  values: readonly RundeckValue[],
  target: string,
): void {
  const risky = values.filter(({ text }) => readByCmd.test(text));
  if (risky.length === 0) return;
  const batch = words.flatMap(splitStatements).find(isForCmd);
  const isAnywhere = words.some(({ text }) => startsPrograms.test(text));
  let reader = script !== undefined && isForCmd(script) ? script : undefined;
  let isFirst = script === undefined;
  let isCalled = false;
  for (const word of words) {
    const text = word.kind === "quoted" ? word.meaning : word.text;
    const value = risky.find((known) => text.includes(known.text));
    if (reader !== undefined && value) throw refuse(target, reader, value);
    for (const part of splitStatements(word)) {
      const begins = /^(?:[|;\n]|&&?$)/.test(part);
      if (begins) [reader, isFirst] = [undefined, true];
      else if (/[({]$/.test(part)) isFirst = true;
      else {
        if ((isFirst || isAnywhere) && isForCmd(part)) reader = part;
        // & $program
        if (isCalled && part.startsWith("$")) reader = batch;
        isFirst &&= beforeProgram.test(part);
      }
      isCalled = /^[&.]$/.test(part);
    }
  }
}

/** A word, and the signs that end a statement or begin one within it. */
function splitStatements(word: Word): string[] {
  switch (word.kind) {
    case "blank":
      return word.text.includes("\n") ? ["\n"] : [];
    case "bare":
      return word.text.split(/([|;(){}]+)/).filter((part) => part !== "");
    case "quoted":
      return [word.meaning];
  }
}

function isForCmd(program: string): boolean {
  const name = program.replaceAll(/^['"]+|['",]+$/g, "");
  return /(?:^|[\\/])cmd(?:\.exe)?$|\.(?:bat|cmd)$/i.test(name);
}

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
  if (escaped) throw refuse(target, "ssm-shell=cmd", escaped);
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
    throw refuse(target, "ssm-shell=cmd", value);
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

function refuse(
  target: string,
  reader: string,
  { name, text }: RundeckValue,
): BridgeError {
  const sign = (readByCmd.exec(text) ?? isParameter.exec(text))?.[0] ?? "";
  return new BridgeError(
    "setting-invalid",
    `${target}: the value of ${name} has ${JSON.stringify(sign)}, which cmd.exe (${reader}) would not take as text; give it to a PowerShell command or a .ps1 script, or leave it out`,
  );
}
