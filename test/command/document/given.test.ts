import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readGiven } from "../../../src/command/document/given.ts";

function given(text: string): Record<string, unknown> {
  const read = readGiven(text);
  if (read.kind === "unreadable") throw new Error(read.why);
  return Object.fromEntries(read.parameters);
}

describe("a step's parameters", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["nothing", "", {}],
    ["a comment alone", "# none\n", {}],
    [
      "scalars, as they are written",
      "a: 1.10\nb: yes\nc: 007\nd: null\ne: ~\nf: 2026-11-29\ng: 0x1f\n",
      {
        a: "1.10",
        b: "yes",
        c: "007",
        d: "null",
        e: "~",
        f: "2026-11-29",
        g: "0x1f",
      },
    ],
    ["an empty value", "a:\nb: ''\n", { a: "", b: "" }],
    [
      "lists and maps",
      "a:\n  - 1\n  - b: c\nd: {e: 3, f: [g]}\n",
      { a: ["1", { b: "c" }], d: { e: "3", f: ["g"] } },
    ],
    [
      "texts of several lines",
      "commands: |\n  echo 'a: b'\n  exit 3\n",
      { commands: "echo 'a: b'\nexit 3\n" },
    ],
    [
      "the AWS CLI's JSON",
      '{"a":["1"],"b":["x","y"]}',
      { a: ["1"], b: ["x", "y"] },
    ],
    ["aliases", "a: &x one\nb: *x\n", { a: "one", b: "one" }],
    [
      "a name that objects have",
      "__proto__: {x: y}\n",
      { ["__proto__"]: { x: "y" } },
    ],
  ])("are read: %s", (_, text, parameters) => {
    expect(Object.entries(given(text))).toEqual(Object.entries(parameters));
  });

  it.each([
    ["no YAML", "a: 1\nb: [\n", "line 3 is no YAML"],
    ["one name twice", "a: 1\na: 2\n", "line 2 is no YAML (duplicate key)"],
    ["a list", "- a\n", "write them as NAME: VALUE, each on a line of its own"],
    ["a text", "Operation Scan", "write them as NAME: VALUE"],
    ["a name that is a list", "a:\n  ? [a]\n  : 1\n", "a name in them is none"],
    [
      "an alias of nothing",
      "a: *x\n",
      "an alias (*NAME) or a name in them is none",
    ],
  ])("are refused for %s, without their words", (_, text, why) => {
    const read = readGiven(text);
    expect(read.kind === "unreadable" && read.why).toContain(why);
  });

  it("are refused where aliases would make them huge", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let n = 1; n < 8; n += 1)
      lines.push(`a${n}: &a${n} [${`*a${n - 1},`.repeat(10)}]`);
    expect(readGiven(lines.join("\n"))).toMatchObject({ kind: "unreadable" });
  });

  it("are whatever YAML's own writer writes", () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie("value"), {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), value, {
          maxKeys: 4,
          noNullPrototype: true,
        }),
        (parameters) => {
          expect(given(stringify(parameters))).toEqual(parameters);
        },
      ),
    );
  });

  it("never throw, whatever is written", () => {
    const piece = fc.constantFrom(
      ..."abc:-?[]{},&*!|>'\"%@`#\n \t01".split(""),
      "\n  ",
      "<<",
      "!!binary ",
      "---\n",
    );
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 40 }), (text) => {
        expect(readGiven(text).kind).toMatch(/^(?:given|unreadable)$/);
      }),
    );
  });
});
