import { describe, expect, it } from "vitest";
import { holds } from "../../../src/local/auth/condition.ts";

const keys = {
  "ssm:resourceTag/Env": "prod",
  "ssm:resourceTag/App": "shop",
  "aws:ViaAWSService": "true",
};

describe("a condition", () => {
  const cases: [string, Parameters<typeof holds>[0], boolean][] = [
    ["that there is none", {}, true],
    ["a value", { StringEquals: { "ssm:resourceTag/Env": "prod" } }, true],
    [
      "another value",
      { StringEquals: { "ssm:resourceTag/Env": "test" } },
      false,
    ],
    [
      "one of several values",
      { StringLike: { "ssm:resourceTag/Env": ["test", "prod"] } },
      true,
    ],
    [
      "several keys, of which one has another value",
      {
        StringLike: {
          "ssm:resourceTag/Env": "prod",
          "ssm:resourceTag/App": "mail",
        },
      },
      false,
    ],
    [
      "a key that there is not",
      { StringLike: { "ssm:resourceTag/X": "*" } },
      false,
    ],
    [
      "a key in another spelling of case",
      { StringEquals: { "SSM:RESOURCETAG/env": "prod" } },
      true,
    ],
    [
      "a pattern, where patterns count",
      { StringLike: { "ssm:resourceTag/Env": "pr?*" } },
      true,
    ],
    [
      "a pattern, where they don't",
      { StringEquals: { "ssm:resourceTag/Env": "pr*" } },
      false,
    ],
    [
      "two operators, of which one does not hold",
      {
        StringEquals: { "ssm:resourceTag/Env": "prod" },
        Bool: { "aws:ViaAWSService": "false" },
      },
      false,
    ],
  ];
  it.each(cases)("on %s", (_, condition, expected) => {
    expect(holds(condition, keys)).toBe(expected);
  });

  it("with an operator that nobody knows is no policy", () => {
    expect(() => holds({ StringSimilar: { x: "y" } }, keys)).toThrow(
      expect.objectContaining({ code: "MalformedPolicyDocument" }),
    );
  });
});
