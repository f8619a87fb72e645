/**
 * Parses the text of a Java properties file: comments, continuation lines, `=`, `:` or blanks between key and value, escapes.
 * A later key wins. A malformed `\u` escape is kept as text, so that one bad line does not hide the others.
 * Source: Java SE, java.util.Properties.load.
 */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const key = /^(?:\\.|[^\\=: \t\f])*/su.exec(line)?.[0] ?? "";
    const value = line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
    properties.set(unescape(key), unescape(value));
  }
  return properties;
}

function* logicalLines(text: string): Generator<string> {
  let pending: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (pending === undefined && (line === "" || /^[#!]/.test(line))) continue;
    const joined: string = (pending ?? "") + line;
    if (isContinued(line)) {
      pending = joined.slice(0, -1);
    } else {
      pending = undefined;
      yield joined;
    }
  }
  if (pending !== undefined) yield pending;
}

function isContinued(line: string): boolean {
  const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

const controlEscapes: Readonly<Record<string, string>> = {
  t: "\t",
  n: "\n",
  r: "\r",
  f: "\f",
};

function unescape(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.)|$)/gsu,
    (_, hex: string | undefined, character: string | undefined) =>
      hex === undefined
        ? (controlEscapes[character ?? ""] ?? character ?? "")
        : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
