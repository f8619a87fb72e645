import { describe, expect, it } from "vitest";
import { checkDocument } from "../../../src/command/document/check.ts";
import type { DocumentToCheck } from "../../../src/command/document/check.ts";
import type { ParameterDescription } from "../../../src/command/document/description.ts";
import type { Given } from "../../../src/command/document/given.ts";

function parameter(
  type: string,
  more: Partial<ParameterDescription> = {},
): ParameterDescription {
  return { type, isRequired: false, ...more };
}

const described = {
  text: parameter("String"),
  lines: parameter("StringList"),
  map: parameter("StringMap"),
  maps: parameter("MapList"),
  flag: parameter("Boolean"),
  number: parameter("Integer"),
  choice: parameter("String", { allowedValues: ["a", "b"] }),
  digits: parameter("StringList", { allowedPattern: "^[0-9]+$" }),
  javas: parameter("String", { allowedPattern: "(?i)^\\p{Alnum}++$" }),
  later: parameter("Whatever"),
};

function check(
  given: Record<string, Given>,
  more: Partial<DocumentToCheck> & {
    known?: Record<string, ParameterDescription>;
    type?: string;
    platforms?: string[];
  } = {},
) {
  const {
    known = described,
    type = "Command",
    platforms = ["Linux"],
    ...rest
  } = more;
  return checkDocument({
    document: "Doc",
    given: new Map(Object.entries(given)),
    description: {
      type,
      platforms,
      parameters: new Map(Object.entries(known)),
    },
    isSecret: () => false,
    ...rest,
  });
}

describe("what goes to SendCommand", () => {
  it.each<[string, Record<string, Given>, Record<string, string[]>]>([
    ["a text", { text: "x" }, { text: ["x"] }],
    ["a list of one for a text", { text: ["x"] }, { text: ["x"] }],
    ["a list", { lines: ["a", "b"] }, { lines: ["a", "b"] }],
    ["a text for a list", { lines: "a\nb" }, { lines: ["a\nb"] }],
    ["an empty list", { lines: [] }, { lines: [] }],
    ["a map", { map: { a: "1", b: ["c"] } }, { map: ['{"a":"1","b":["c"]}'] }],
    ["a map's JSON", { map: '{"a":1}' }, { map: ['{"a":1}'] }],
    [
      "a list of maps",
      { maps: [{ a: "1" }, { b: "2" }] },
      { maps: ['{"a":"1"}', '{"b":"2"}'] },
    ],
    ["a truth", { flag: "true" }, { flag: ["true"] }],
    ["a number", { number: "-3" }, { number: ["-3"] }],
    ["an allowed value", { choice: "b" }, { choice: ["b"] }],
    ["what matches", { digits: ["1", "22"] }, { digits: ["1", "22"] }],
    ["what only Java could check", { javas: "!" }, { javas: ["!"] }],
    [
      "a type that nobody knows yet",
      { later: { a: "1" } },
      { later: ['{"a":"1"}'] },
    ],
    [
      "a parameter of Parameter Store, which AWS fills in",
      { choice: "{{ssm:name}}" },
      { choice: ["{{ssm:name}}"] },
    ],
  ])("is %s", (_, given, parameters) => {
    expect(check(given)).toEqual({ kind: "right", parameters });
  });

  it("is all that is given, as it is, where AWS does not describe the document", () => {
    const { description: _, ...toCheck } = {
      document: "Doc",
      given: new Map<string, Given>([
        ["a", "1"],
        ["b", ["1", "2"]],
        ["c", { d: "e" }],
      ]),
      isSecret: () => false,
      description: undefined,
    };
    expect(checkDocument(toCheck)).toEqual({
      kind: "right",
      parameters: { a: ["1"], b: ["1", "2"], c: ['{"d":"e"}'] },
    });
  });
});

describe("a mistake", () => {
  it.each<[string, Record<string, Given>, string]>([
    [
      "two texts for one",
      { text: ["a", "b"] },
      "parameter text must be one text",
    ],
    [
      "a map for a text",
      { text: { a: "b" } },
      "parameter text must be one text",
    ],
    [
      "a map for a list",
      { lines: { a: "b" } },
      "parameter lines must be a list of texts",
    ],
    [
      "a text for a map",
      { map: "a=b" },
      "parameter map must be a map, NAME: VALUE",
    ],
    [
      "a JSON list for a map",
      { map: "[1]" },
      "parameter map must be a map, NAME: VALUE",
    ],
    [
      "a word for a truth",
      { flag: "yes" },
      "parameter flag must be true or false",
    ],
    [
      "a fraction",
      { number: "1.5" },
      "parameter number must be a whole number",
    ],
    [
      "a value that is not allowed",
      { choice: "c" },
      'parameter choice is "c": it must be one of a, b',
    ],
    [
      "a value without a match",
      { digits: ["1", "x"] },
      'parameter digits is "x": it must match ^[0-9]+$',
    ],
    [
      "an unknown name",
      { txt: "x" },
      "parameter txt is unknown to Doc, which has text, lines, map, maps, flag, number, choice, digits, javas, later",
    ],
  ])("is one line for %s", (_, given, mistake) => {
    expect(check(given)).toEqual({ kind: "wrong", mistakes: [mistake] });
  });

  it("names each required parameter that is missing, and what it may be", () => {
    const known = {
      one: parameter("String", { isRequired: true, allowedValues: ["a", "b"] }),
      two: parameter("StringList", { isRequired: true }),
    };
    expect(check({}, { known })).toEqual({
      kind: "wrong",
      mistakes: [
        "parameter one is missing, without which Doc does not run; it may be a, b",
        "parameter two is missing, without which Doc does not run",
      ],
    });
  });

  it("is a document of another type, whatever its parameters are", () => {
    expect(check({ x: "y" }, { type: "Automation" })).toEqual({
      kind: "wrong",
      mistakes: [
        "the document Doc is of type Automation, which Run Command does not run; name one of type Command",
      ],
    });
  });

  it.each<[string[], "unix" | "windows" | undefined, string]>([
    [["Windows"], "unix", "wrong"],
    [["Linux", "MacOS"], "windows", "wrong"],
    [["Windows", "Linux"], "windows", "right"],
    [["MacOS"], "unix", "right"],
    [[], "windows", "right"],
    [["Windows"], undefined, "right"],
  ])(
    "is a document for %j on a node that is %s: %s",
    (platforms, family, kind) => {
      expect(
        check({}, { platforms, ...(family ? { family } : {}) }),
      ).toMatchObject({ kind });
    },
  );

  it("shows a long value's beginning, and nothing of a secret one", () => {
    expect(check({ choice: "c".repeat(100) })).toMatchObject({
      mistakes: [expect.stringContaining(`"${"c".repeat(60)}…"`)],
    });
    expect(check({ choice: "hunter2" }, { isSecret: () => true })).toEqual({
      kind: "wrong",
      mistakes: [
        "parameter choice is a secure option's value: it must be one of a, b",
      ],
    });
  });
});
