import { isHeld, isIn, readWords, splitWords } from "./rundeck-words.ts";
import type { RundeckValue, Word } from "./rundeck-words.ts";
import { readByCmd, refuseForCmd } from "./windows-cmd.ts";

/** cmd.exe, also by the variable that holds its path, or a batch file, in a text without quotes and backticks. */
const namesCmd = /(?<![\w$-])cmd(?![\w\\-])|comspec|\.(?:bat|cmd)(?!\w)/i;

/** What is called by `&` or `.`: a word, or the beginning of an expression. */
const called =
  /(?:&|(?<![^\s;{}()|&=,])\.(?=[\s$("']))\s*(\([^)]*|"[^"]*"|'[^']*'|[^\s;|{}()]+)/g;
const startsPrograms =
  /(?<![\w-])(?:Start-Process|saps|start|Invoke-Expression|iex)(?![\w-])|Process\]::Start|ProcessStartInfo/i;
const saysItsKind = /[\\/'"\s][\w.-]+\.(?:exe|com|ps1)(?!\w)/i;

/** Cmdlets that run nothing of what they are told. */
const movesOrShows = /^(?:Copy|Get|Move|Remove|Rename|Test|Write)-[A-Za-z]+$/i;

/**
 * PowerShell hands an argument over to cmd.exe as text of a command line, without quotes where it has no blank, and a
 * batch file puts it into its lines before it reads them: nothing that PowerShell could quote makes it safe there. By what
 * a value gets there (a variable, a pipe, a block) can't be told from the command: so it may not be in one that calls
 * cmd.exe anywhere, or a program that nothing in the command tells the kind of.
 * Throws `setting-invalid` for a value that a batch file or cmd.exe would read.
 */
export function rejectForCmd(
  command: string,
  values: readonly RundeckValue[],
  target: string,
): void {
  const words = splitWords(command);
  const read = readWords(words);
  const risky = values.filter(
    (value) => readByCmd.test(value.text) && isIn(words, value),
  );
  const [value] = risky;
  if (value === undefined || isOneCmdlet(words, risky)) return;
  const plain = read.replaceAll(/["'`\u2018-\u201e]/g, "");
  const code = words
    .map((word) => (isHeld(word, risky) ? "''" : word.text))
    .join("")
    .replaceAll("`", "");
  const reader =
    namesCmd.exec(plain)?.[0] ??
    (callsUnknown(code) ? "if that is what it calls" : undefined);
  if (reader !== undefined) throw refuseForCmd(target, reader, value);
}

/** A cmdlet that runs nothing, alone with words that PowerShell takes as they stand. */
function isOneCmdlet(
  words: readonly Word[],
  risky: readonly RundeckValue[],
): boolean {
  const [first, ...others] = words;
  return (
    first !== undefined &&
    movesOrShows.test(first.text) &&
    others.every((word) => {
      switch (word.kind) {
        case "blank":
          return !/[\r\n]/.test(word.text);
        case "bare":
          return /^[\w\\/:.*?~+^%!-]+$/.test(word.text);
        case "quoted":
          return isHeld(word, risky) || !/[$`]/.test(word.text);
      }
    })
  );
}

/** Whether it calls or starts a program by a variable or an expression, without its ending. */
function callsUnknown(code: string): boolean {
  const programs = Array.from(
    code.matchAll(called),
    ([, program = ""]) => program,
  );
  return (
    programs.some(
      (program) => /^\(|^[^']*\$/.test(program) && !saysItsKind.test(program),
    ) ||
    (startsPrograms.test(code) && /[$(]/.test(code) && !saysItsKind.test(code))
  );
}
