import { BridgeError } from "../kernel/errors.ts";
import {
  isBareWith,
  isHeld,
  isIn,
  isInCarets,
  quotedByRundeck,
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
  const special = values.filter(({ text }) => quotedByRundeck.test(text));
  const isDelayed = /delayedexpansion/i.test(command);
  const script = readScriptPath(command) ?? "";
  const inScriptStep = script !== "";
  let written = callScript(script);
  for (const word of splitWords(command.slice(script.length))) {
    const isOpen = endsInQuotes(written);
    const value = risky.find(
      (known) => isIn([word], known) && !isInCarets([word], known),
    );
    written += value
      ? writeRisky(word, value, { isOpen, isDelayed, target })
      : writeQuoted(word, special, { isOpen, inScriptStep, target });
  }
  return written;
}

/** cmd.exe splits at more than blanks, and opens a .ps1 by its association: in an editor. */
function callScript(path: string): string {
  if (/\.ps1$/i.test(path))
    return `powershell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -File ${quoteForCmd(path)}`;
  return /[^\w:\\/.~%-]/.test(path) ? quoteForCmd(path) : path;
}

/** The word with a value that is more than text to cmd.exe. */
function writeRisky(
  word: Word,
  value: RundeckValue,
  {
    isOpen,
    isDelayed,
    target,
  }: { isOpen: boolean; isDelayed: boolean; target: string },
): string {
  const text = readWords([word]);
  const isText =
    !/["\r\n]/.test(text) &&
    !(isDelayed && text.includes("!")) &&
    !isParameter.test(value.text);
  const isQuoted = word.kind === "quoted";
  if (!isText || (isQuoted ? isOpen : !isBareWith(word, value)))
    throw refuseForCmd(
      target,
      isQuoted ? "ssm-shell=cmd" : "ssm-shell=cmd, without quotes",
      value,
    );
  return isQuoted || (text.includes("^") && !isOpen) ? quoteForCmd(text) : text;
}

/** Another word that Rundeck has quoted: `'` is no quote of cmd.exe's. The author's own `%` stays as it is, but for a script's arguments. */
function writeQuoted(
  word: Word,
  special: readonly RundeckValue[],
  where: { isOpen: boolean; inScriptStep: boolean; target: string },
): string {
  const value = special.find((known) => isHeld(word, [known]));
  if (word.kind !== "quoted" || !(value || where.inScriptStep))
    return word.text;
  if (value && word.meaning.includes('"') && /[()]/.test(value.text))
    throw refuseForCmd(where.target, "ssm-shell=cmd, beside a quote", value);
  const isForCmd = word.form === '"';
  if (where.isOpen) return isForCmd ? word.text.slice(1, -1) : word.meaning;
  const quoted = quoteForCmd(word.meaning);
  return isForCmd || where.inScriptStep ? quoted : quoted.replaceAll("%%", "%");
}

/** Whether a quote of the last line is open. */
function endsInQuotes(text: string): boolean {
  const line = text.slice(text.lastIndexOf("\n") + 1);
  return line.replaceAll(/"[^"]*"|\^[^]/g, "").includes('"');
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
  const own = words
    .map((word) => dropValues(word, risky))
    .join("")
    .replaceAll(/\^\W|["^]/g, "");
  for (const value of risky) {
    const inCarets = isInCarets(words, value);
    if (!inCarets && !isIn(words, value)) continue;
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
  const sign =
    (readByCmd.exec(text) ??
      isParameter.exec(text) ??
      /[()]/.exec(text))?.[0] ?? "";
  return new BridgeError(
    "setting-invalid",
    `${target}: the value of ${name} has ${JSON.stringify(sign)}, which cmd.exe (${reader}) would not take as text; give it to a PowerShell command or a .ps1 script without that, or leave it out`,
  );
}
