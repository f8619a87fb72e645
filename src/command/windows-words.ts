import { BridgeError } from "../kernel/errors.ts";
import { quotePowerShell } from "./runner/quote.ts";
import {
  findAll,
  isBareWith,
  isHeld,
  isInCarets,
  quotedByRundeck,
  readRemovedScript,
  readScriptPath,
  readWords,
  splitWords,
} from "./rundeck-words.ts";
import type { RundeckValue, Word } from "./rundeck-words.ts";
import { rejectForCmd } from "./windows-called.ts";

/** What PowerShell takes for quotes, dashes, comments, splatting and blanks, and Rundeck does not quote. Source: PowerShell, CharTraits. */
const readByPowerShell =
  /[#@\v\f\u2018-\u201e\u2013-\u2015\u0085]|(?![ ])\p{Z}/u;
/** Of these what it takes so in any place, and the others where a token may begin. */
const partsWords = /[\v\f\u2018-\u201e\u0085]|(?![ ])\p{Z}/u;
const beginsTokens = /(?<!\w)[#@\u2013-\u2015]/;

const single = String.raw`['\u2018-\u201b]`;
const double = String.raw`["\u201c-\u201e]`;
const comment = String.raw`(?<![^\s;,=|&(){}])#`;
const wholeString = new RegExp(
  String.raw`\`[^]|<#[^]*?#>|${comment}.*\n|${single}[^]*?${single}|${double}(?:\`[^]|[^\`])*?${double}`,
  "g",
);
const openString = new RegExp(`${single}|${double}|<#|${comment}`);
/** What is more than text in a string or a comment. */
const leavesString = /[\x22\x27\x60$\u2018-\u201e\r\n]|#>/;

/**
 * The command as PowerShell shall read it: each word that Rundeck has quoted around a value is the literal that it stands
 * for, and a script's path is called, whatever is in it. What the author wrote stays.
 * Throws `setting-invalid` where cmd.exe would read a value in the end, and for Rundeck's third form, which is for cmd.exe alone.
 */
export function writeForPowerShell(
  command: string,
  values: readonly RundeckValue[],
  target: string,
): string {
  const removed = readRemovedScript(command);
  if (removed !== undefined)
    return `Remove-Item -LiteralPath ${quoteLiteral(removed)}`;
  const script = readScriptPath(command);
  const rest = command.slice(script?.length ?? 0);
  const words = splitWords(rest);
  const special = values.filter(({ text }) => isSpecial(text));
  const escaped = special.find((value) => isInCarets(words, value));
  if (escaped !== undefined) throw refuseCarets(target, escaped);
  rejectForCmd(command, values, target);
  const ofBatch = countBatchWords(script, words);
  let written = script === undefined ? "" : `& ${quoteLiteral(script)}`;
  for (const [at, word] of words.entries()) {
    if (!isData(word, { special, inScriptStep: script !== undefined })) {
      written += word.text;
      continue;
    }
    rejectInString(written, word, { special, target });
    written += writeLiteral(at < ofBatch ? quoteForBatch(word) : word, special);
  }
  return written;
}

/** `text` as one PowerShell string in which Systems Manager finds no parameter to fill in. */
export function quoteLiteral(text: string, what = "the command"): string {
  return text.includes("{{")
    ? `"${escapeExpandable(text)}"`
    : quotePowerShell(text, what);
}

function refuseCarets(target: string, { name }: RundeckValue): BridgeError {
  return new BridgeError(
    "setting-invalid",
    `${target}: Rundeck has put ^ before signs in the value of ${name}, for cmd.exe, and this command is for PowerShell; remove shell-escaping-interpreter=cmd from the node and its project, or set ssm-shell to cmd`,
  );
}

/**
 * Rundeck splits at blanks within the author's strings, too, and a literal there would end them: what stands in it could be code.
 * Throws `setting-invalid` for a value that would be more than text.
 */
function rejectInString(
  before: string,
  word: Word,
  { special, target }: { special: readonly RundeckValue[]; target: string },
): void {
  const meaning = readWords([word]);
  const value = special.find(({ text }) => meaning.includes(text));
  if (!value || !leavesString.test(meaning)) return;
  if (!openString.test(before.replaceAll(wholeString, "_"))) return;
  throw new BridgeError(
    "setting-invalid",
    `${target}: the value of ${value.name} stands within a string or comment of the command's, and PowerShell would read a sign in it there; use $env: with ssm-pass-variables in its place, or leave the sign out`,
  );
}

function isSpecial(text: string): boolean {
  return quotedByRundeck.test(text) || readByPowerShell.test(text);
}

/** How many words, from the first on, are a batch file's that the command begins with. */
function countBatchWords(
  script: string | undefined,
  words: readonly Word[],
): number {
  if (script === undefined || /\.ps1$/i.test(script)) return 0;
  const end = words.findIndex(
    ({ kind, text }) => kind !== "quoted" && /[|;&\n]/.test(text),
  );
  return end < 0 ? words.length : end;
}

/**
 * For a batch file PowerShell puts quotes around an argument with a blank, and doubles backslashes at its end, which nobody
 * undoes there; in one without a blank cmd.exe finds signs of its own. One that has its quotes is handed over as it is.
 */
function quoteForBatch(word: Word): Word {
  if (word.kind !== "quoted" || word.meaning.includes('"')) return word;
  const isAltered = /\s/.test(word.meaning) ? /\\$/ : /[,;=&|<>^]/;
  return isAltered.test(word.meaning)
    ? { ...word, meaning: `"${word.meaning}"` }
    : word;
}

function isData(
  word: Word,
  where: { special: readonly RundeckValue[]; inScriptStep: boolean },
): boolean {
  switch (word.kind) {
    case "blank":
      return false;
    case "bare":
      return where.special.some((value) => isBareData(word, value));
    case "quoted":
      return (
        where.inScriptStep ||
        where.special.some(({ text }) => word.meaning.includes(text))
      );
  }
}

/**
 * Whether a value has made more of a bare word than a word. One that holds a value has no sign that Rundeck quotes, and so no code of
 * the author's; with a value that is in it by chance it may have.
 */
function isBareData(word: Word, value: RundeckValue): boolean {
  const { chosen, text } = value;
  if (chosen && text === word.text) return readByPowerShell.test(text);
  return (
    isBareWith(word, value) &&
    (partsWords.test(text) || (chosen && beginsTokens.test(word.text)))
  );
}

/** In Rundeck's `"…"` the author's own variables stay live, unless a value touches them. */
function writeLiteral(word: Word, special: readonly RundeckValue[]): string {
  if (word.kind !== "quoted") return quoteLiteral(word.text);
  const { meaning } = word;
  const own =
    word.form === '"' && isHeld(word, special)
      ? listOwnVariables(meaning, special)
      : [];
  if (own.length === 0) return quoteLiteral(meaning);
  let written = "";
  let from = 0;
  for (const { start, name } of own) {
    written += `${escapeExpandable(meaning.slice(from, start))}\${${name}}`;
    from = start + 1 + name.length;
  }
  return `"${written}${escapeExpandable(meaning.slice(from))}"`;
}

/** `$name` and `$env:NAME`, without those that PowerShell would read as more than that, or not at all. */
function listOwnVariables(
  meaning: string,
  special: readonly RundeckValue[],
): { start: number; name: string }[] {
  const taken = special.flatMap(({ text }) => findAll(meaning, text));
  return Array.from(
    meaning.matchAll(
      /(?<![`$])\$((?:env:)?[\p{L}_][\p{L}\p{Nd}_]*)(?![\p{L}\p{Nd}_]|:[\p{L}\p{Nd}_])/giu,
    ),
    (match) => ({ start: match.index, name: match[1] ?? "" }),
  ).filter(
    ({ start, name }) =>
      !taken.some(
        (range) => range.start <= start + name.length && start < range.end,
      ),
  );
}

/** For a `"…"` of PowerShell, which takes the typographic double quotes for quotes, too. */
function escapeExpandable(text: string): string {
  if (text.includes("\0"))
    throw new BridgeError(
      "setting-invalid",
      "the command contains a NUL character, which no shell accepts; remove it",
    );
  return text
    .replaceAll(/[`$"\u201c-\u201e]/g, "`$&")
    .replaceAll(/\{(?=\{)/g, "{`");
}
