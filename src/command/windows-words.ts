import { BridgeError } from "../kernel/errors.ts";
import { quotePowerShell } from "./runner/quote.ts";
import {
  findAll,
  isInCarets,
  readScriptPath,
  splitWords,
} from "./rundeck-words.ts";
import type { RundeckValue, Word } from "./rundeck-words.ts";
import { rejectForCmd } from "./windows-called.ts";

/** What Rundeck quotes. Source: rundeck-core, CLIUtils and ExecArgList. */
const quotedByRundeck = /["';{}()&$\\|*?><`%\s]/;
/** What PowerShell takes for quotes, dashes, comments, splatting and blanks, and Rundeck does not quote. Source: PowerShell, CharTraits. */
const readByPowerShell =
  /[#@\v\f\u2018-\u201e\u2013-\u2015\u0085]|(?![ ])\p{Z}/u;

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
  const script = readScriptPath(command);
  const rest = command.slice(script?.length ?? 0);
  const words = splitWords(rest);
  const special = values.filter(({ text }) => isSpecial(text));
  const escaped = special.find((value) => isInCarets(words, value));
  if (escaped !== undefined) throw refuseCarets(target, escaped);
  rejectForCmd(command, values, target);
  const ofBatch = countBatchWords(script, words);
  const written = words.map((word, at) =>
    isData(word, { special, inScriptStep: script !== undefined })
      ? writeLiteral(at < ofBatch ? quoteForBatch(word) : word, special)
      : word.text,
  );
  const call = script === undefined ? "" : `& ${quoteLiteral(script)}`;
  return `${call}${written.join("")}`;
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
      return (
        readByPowerShell.test(word.text) &&
        where.special.some(({ chosen, text }) => chosen && text === word.text)
      );
    case "quoted":
      return (
        where.inScriptStep ||
        where.special.some(({ text }) => word.meaning.includes(text))
      );
  }
}

/** In Rundeck's `"…"` the author's own variables stay live, unless a value touches them. */
function writeLiteral(word: Word, special: readonly RundeckValue[]): string {
  if (word.kind !== "quoted") return quoteLiteral(word.text);
  const { meaning } = word;
  const own = word.form === '"' ? listOwnVariables(meaning, special) : [];
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
    meaning.matchAll(/(?<![`$])\$((?:env:)?[A-Za-z_]\w*)(?!\w|:\w)/gi),
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
