import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseProperties } from "../../src/rundeck/properties.ts";

describe("a properties file means what Java's Properties.load makes of it", () => {
  test.each<[title: string, text: string, expected: Record<string, string>]>([
    ["plain", "a=1\nb=2", { a: "1", b: "2" }],
    [
      "colon and blank separate too",
      "a:1\nb 2\nc\t:\t3",
      { a: "1", b: "2", c: "3" },
    ],
    [
      "only the first separator counts",
      "a==1\nb=:2\nc: =3",
      { a: "=1", b: ":2", c: "=3" },
    ],
    ["a key alone has an empty value", "a\nb=\nc ", { a: "", b: "", c: "" }],
    ["comments and blank lines", "# x=1\n  ! y=2\n\n \t\f\na=1", { a: "1" }],
    [
      "blanks before the key go, blanks after the value stay",
      "  a = 1 ",
      { a: "1 " },
    ],
    ["a later key wins", "a=1\na=2", { a: "2" }],
    ["all line ends", "a=1\r\nb=2\rc=3", { a: "1", b: "2", c: "3" }],
    ["continuation", "a=1\\\n   2\\\r\n3\nb=4", { a: "123", b: "4" }],
    [
      "an even number of backslashes continues nothing",
      "a=1\\\\\nb=2",
      { a: "1\\", b: "2" },
    ],
    ["a comment is not continued", "#c\\\na=1", { a: "1" }],
    ["a continuation may look like a comment", "a=1\\\n#2", { a: "1#2" }],
    ["a backslash at the end of the file", "a=1\\", { a: "1" }],
    ["escaped separators in the key", "a\\ b\\:c\\=d=1", { "a b:c=d": "1" }],
    ["control escapes", "a=\\t\\n\\r\\f\\x", { a: "\t\n\r\fx" }],
    ["unicode escapes", "a=\\u00e9\\uD83D\\uDE00", { a: "é😀" }],
    [
      "a malformed unicode escape hides no other line",
      "a=\\u12\nb=2",
      { a: "u12", b: "2" },
    ],
    [
      "a Windows path as Rundeck writes it",
      "a=C\\:\\\\rundeck",
      { a: "C:\\rundeck" },
    ],
    ["an empty file", "", {}],
  ])("%s", (_, text, expected) => {
    expect(Object.fromEntries(parseProperties(text))).toEqual(expected);
  });
});

/** The characters that mean something to the format, and some that don't. */
const nasty = fc.constantFrom(...Array.from("a u0=:#!\\\n\r\t\f\0é😀"));

/** As Java's Properties.store writes: everything that means something is escaped. */
function store(properties: Iterable<readonly [string, string]>): string {
  return [...properties]
    .map(([key, value]) => `${escape(key)}=${escape(value)}`)
    .join("\n");
}

function escape(text: string): string {
  return text.replace(/[^A-Za-z0-9]/gu, (character) =>
    /[ =:#!\\]/.test(character)
      ? `\\${character}`
      : character
          .split("")
          .map(
            (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
          )
          .join(""),
  );
}

test("what is stored is read again, whatever it is", () => {
  const words = fc.string({ unit: nasty });
  fc.assert(
    fc.property(fc.array(fc.tuple(words, words)), (entries) => {
      const properties = new Map(entries);
      expect([...parseProperties(store(properties))]).toEqual([...properties]);
    }),
  );
});

test("any text is read without an error, in time that grows with its length", () => {
  fc.assert(
    fc.property(fc.string({ unit: nasty }), (text) => {
      parseProperties(text);
    }),
  );
  expect(parseProperties(`${"\\".repeat(200_000)}\n`.repeat(2)).size).toBe(1);
  const before = process.cpuUsage();
  for (const hard of [
    `${"\\".repeat(200_000)}a`,
    "a\\\n".repeat(200_000),
    "\\u".repeat(200_000),
    "=".repeat(200_000),
    `a${" ".repeat(200_000)}=b`,
  ])
    expect(parseProperties(hard).size).toBe(1);
  const { user } = process.cpuUsage(before);
  // the first two took 24 and 14 s
  expect(user / 1_000_000).toBeLessThan(8);
});
