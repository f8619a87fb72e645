import { BridgeError } from "../kernel/errors.ts";
import {
  isInCarets,
  quoteForCmd,
  readRemovedScript,
  readScriptPath,
  readWords,
  splitWords,
} from "./rundeck-words.ts";
import type { RundeckValue, Word } from "./rundeck-words.ts";

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
  const removed = readRemovedScript(command);
  if (removed !== undefined) return `del ${quoteForCmd(removed)}`;
  const risky = values.filter(
    ({ text }) => readByCmd.test(text) || isParameter.test(text),
  );
  rejectReread(splitWords(command), risky, target);
  const isDelayed = /delayedexpansion|\/v/i.test(command);
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

/** What reads its command once more, after the batch file has, and the signs that quotes do not keep from it there. */
const rereads: readonly { reader: RegExp; signs: RegExp }[] = [
  // another cmd.exe: it takes quotes away
  {
    reader: /(?<![\w.-])(?:cmd(?![\w\\])|start(?![\w.-])|for\s*\/f)|comspec/i,
    signs: readByCmd,
  },
  { reader: /(?<![\w.-])call(?![\w.-])/i, signs: /[%^]/ },
  // a variable of for's is %x; each side of a pipe is read by a cmd.exe of its own
  { reader: /(?<![\w.-])for(?![\w.-])|(?<!\|)\|(?!\|)/i, signs: /%/ },
];

/** Throws for a value that would be read twice. A caret is gone after the first time, and keeps no `%` from a batch file at all. */
function rejectReread(
  words: readonly Word[],
  risky: readonly RundeckValue[],
  target: string,
): void {
  const read = readWords(words);
  const own = words
    .map((word) => dropValues(word, risky))
    .join("")
    .replaceAll(/\^\W|["^]/g, "");
  for (const value of risky) {
    const inCarets = isInCarets(words, value);
    if (!inCarets && !read.includes(value.text)) continue;
    const reader = rereads
      .filter(({ signs }) => (inCarets ? readByCmd : signs).test(value.text))
      .map((reread) => reread.reader.exec(own)?.[0])
      .find((found) => found !== undefined);
    if (reader !== undefined) throw refuseForCmd(target, reader, value);
    if (inCarets && /[%\r\n]/.test(value.text))
      throw refuseForCmd(target, "ssm-shell=cmd", value);
  }
}

/** The author's own part of a word. */
function dropValues(word: Word, values: readonly RundeckValue[]): string {
  return word.kind === "quoted"
    ? values.reduce((rest, { text }) => rest.replaceAll(text, ""), word.meaning)
    : word.text;
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
