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
  let parts: string[] = [];
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (parts.length === 0 && (line === "" || /^[#!]/.test(line))) continue;
    if (isContinued(line)) {
      parts.push(line.slice(0, -1));
    } else {
      yield [...parts, line].join("");
      parts = [];
    }
  }
  if (parts.length > 0) yield parts.join("");
}

/** Counted from the end: a regular expression would begin anew at every backslash of a long row. */
function isContinued(line: string): boolean {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\\") end -= 1;
  return (line.length - end) % 2 === 1;
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
