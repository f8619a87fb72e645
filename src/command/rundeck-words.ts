/** A value that Rundeck may have put into a command. */
export type RundeckValue = {
  /** The variable that holds it, as in `RD_OPTION_X`. */
  name: string;
  text: string;
  /** Chosen by who runs the job, or captured from an output: an option or data. */
  chosen: boolean;
};

/** A piece of a command, as rundeck-core joins them by blanks. */
export type Word =
  | { kind: "blank"; text: string }
  | { kind: "bare"; text: string }
  /** In the quoting of rundeck-core: `'…'` up to 6.1, `"…"` since 6.2. `meaning`: what was quoted. */
  | { kind: "quoted"; text: string; form: "'" | '"'; meaning: string };

/** What Rundeck quotes. Source: rundeck-core, CLIUtils and ExecArgList. */
export const quotedByRundeck = /["';{}()&$\\|*?><`% \t\r\n]/;

/** The values of Rundeck's variables that a command can refer to, and those of its secure options. */
export function listValues(
  variables: ReadonlyMap<string, string>,
  secrets: readonly string[],
): RundeckValue[] {
  const values = Array.from(variables, ([name, text]) => ({
    name,
    text,
    chosen: /^RD_(?:OPTION|DATA)_/.test(name),
  }));
  return [
    ...values.filter(({ name }) => !isDelimiter(name, variables)),
    ...secrets.map((text) => ({
      name: "a secure option",
      text,
      chosen: true,
    })),
  ].filter(({ text }) => text !== "");
}

/** Rundeck tells what stands between the values of a multi-valued option: no value that a command holds. */
function isDelimiter(
  name: string,
  variables: ReadonlyMap<string, string>,
): boolean {
  const option = /^(RD_OPTION_\w+)_DELIMITER$/.exec(name)?.[1];
  return option !== undefined && variables.has(option);
}

/** A command's words and what is between them; put together they are the command again. */
export function splitWords(command: string): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < command.length;) {
    const word = readWord(command.slice(at));
    words.push(word);
    at += word.text.length;
  }
  return words;
}

/** A command as Rundeck had it before it quoted words. */
export function readWords(words: readonly Word[]): string {
  return words
    .map((word) => (word.kind === "quoted" ? word.meaning : word.text))
    .join("");
}

/** Whether the word is in Rundeck's quoting and has one of the values in it. */
export function isHeld(word: Word, values: readonly RundeckValue[]): boolean {
  return (
    word.kind === "quoted" &&
    values.some(({ text }) => word.meaning.includes(text))
  );
}

/**
 * Whether the words have the value in them, quoted or as servers before 5.20 put it there. A bare sign that is all of a value is
 * the author's, for Rundeck would have quoted it.
 */
export function isIn(words: readonly Word[], value: RundeckValue): boolean {
  if (words.some((word) => isHeld(word, [value]))) return true;
  return quotedByRundeck.test(value.text)
    ? !/^([&|<>%"])\1?$/.test(value.text) &&
        readWords(words).includes(value.text)
    : words.some((word) => isBareWith(word, value));
}

/** Whether Rundeck has left the word bare with the value in it: then nothing in it is a sign that Rundeck quotes. */
export function isBareWith(word: Word, { text }: RundeckValue): boolean {
  return (
    word.kind === "bare" &&
    word.text.includes(text) &&
    !quotedByRundeck.test(word.text)
  );
}

/**
 * The path that a script step on Windows begins with: bare, whatever blanks its folders have. Rundeck's names of files have none, and
 * no folder's name ends with a blank or a dot: with one there it is a program and its arguments. So it is taken for with a folder like
 * `R & D` or `App -v2`, too, since nothing tells these from `C:\x\run -v build\x.cmd`.
 * Source: rundeck-core, DefaultFileCopierUtil.cleanFileName; Windows, Naming Files.
 */
export function readScriptPath(command: string): string | undefined {
  const path =
    /^(?:[A-Za-z]:[\\/]|\\\\)(?:[^"<>|*?:\r\n\\/]*[^"<>|*?:\s\\/.][\\/])*?[^"<>|*?:\s\\/]+\.(?:ps1|bat|cmd)(?![^ \t\r\n])/i.exec(
      command,
    )?.[0];
  const isOther =
    path !== undefined && /\.(?:exe|com)\s|[;&]\s|\s-\w/i.test(path);
  return isOther ? undefined : path;
}

/**
 * The file that Rundeck removes after a script step on Windows: its path is bare in that command, too, whatever blanks it has.
 * Source: rundeck-core, ScriptFileNodeStepUtilsImpl.removeArgsForOsFamily, DefaultFileCopierUtil.generateRemoteFilepathForNode.
 */
export function readRemovedScript(command: string): string | undefined {
  return /^del ((?:[A-Za-z]:|\\\\)[^"<>|*?:\r\n]*[\\/]\d+-[\w.-]+)$/.exec(
    command,
  )?.[1];
}

/**
 * Whether the value stands there in Rundeck's third form, with a `^` before each sign of cmd.exe's, as on a node that has
 * shell-escaping-interpreter=cmd. Blanks are as they were, so it may be several words.
 */
export function isInCarets(
  words: readonly Word[],
  value: RundeckValue,
): boolean {
  const sent = words
    .map((word) => (isHeld(word, [value]) ? '""' : word.text))
    .join("");
  // each sign with the carets before it
  const signs = Array.from(sent.matchAll(/\^*[^^]/g), ([sign]) => sign);
  const plain = value.text.replaceAll("^", "");
  return (
    plain.trim() !== "" &&
    findAll(sent.replaceAll("^", ""), plain).some(
      ({ start, end }) =>
        signs.slice(start, end).join("").length > value.text.length,
    )
  );
}

/** Where the part is in the text. */
export function findAll(
  text: string,
  part: string,
): { start: number; end: number }[] {
  const ranges = [];
  for (
    let start = text.indexOf(part);
    start >= 0;
    start = text.indexOf(part, start + 1)
  )
    ranges.push({ start, end: start + part.length });
  return ranges;
}

function readWord(rest: string): Word {
  const blank = /^[ \t\r\n]+/.exec(rest)?.[0];
  if (blank !== undefined) return { kind: "blank", text: blank };
  return (
    readApostrophes(rest) ??
    readQuotes(rest) ?? {
      kind: "bare",
      text: /^[^ \t\r\n]+/.exec(rest)?.[0] ?? rest,
    }
  );
}

/** An apostrophe within is `'"'"'`. Source: rundeck-core 5.20 to 6.1, CLIUtils.quoteUnixShellArg. */
function readApostrophes(rest: string): Word | undefined {
  const text = /^'(?:[^']|'"'"')*'(?![^ \t\r\n])/.exec(rest)?.[0];
  if (text === undefined) return undefined;
  const meaning = text.slice(1, -1).replaceAll(`'"'"'`, "'");
  return { kind: "quoted", text, form: "'", meaning };
}

/** A quote within is `\"`, backslashes before a quote are doubled, and so is `%`. Source: rundeck-core since 6.2. */
function readQuotes(rest: string): Word | undefined {
  const text = /^"(?:[^"\\]|\\[^])*"(?![^ \t\r\n])/.exec(rest)?.[0];
  if (text === undefined) return undefined;
  const meaning = text
    .slice(1, -1)
    .replaceAll(
      /(\\+)("|$)/g,
      (_whole, slashes: string, quote: string) =>
        `${slashes.slice(slashes.length - (slashes.length >> 1))}${quote}`,
    )
    .replaceAll("%%", "%");
  return quoteForCmd(meaning) === text
    ? { kind: "quoted", text, form: '"', meaning }
    : undefined;
}

/** As rundeck-core quotes since 6.2: for programs, and for cmd.exe in a batch file. */
export function quoteForCmd(meaning: string): string {
  const inner = meaning
    .replaceAll("%", "%%")
    .replaceAll(/(\\*)("|$)/g, (_whole, slashes: string, quote: string) =>
      quote === "" ? slashes.repeat(2) : `${slashes.repeat(2)}\\"`,
    );
  return `"${inner}"`;
}
