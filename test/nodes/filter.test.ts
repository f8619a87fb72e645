import { expect, test } from "vitest";
import { matchesFilters } from "../../src/nodes/filter.ts";

const node = {
  tags: { Env: "prod", "a.b": "x*y", Empty: "" },
  details: { instanceId: "mi-1", ipAddress: "10.0.0.1", account: "1" },
};

// what EC2 does with the same filters. Source: EC2 User Guide, "Filter your resources"
test.each([
  ["a tag's value", [["tag:Env", "prod"]], true],
  ["case counts", [["tag:Env", "Prod"]], false],
  ["a tag's name", [["tag-key", "Env"]], true],
  ["one of several values", [["tag:Env", "test", "prod"]], true],
  ["* is any run", [["tag:Env", "p*"]], true],
  ["? is one", [["tag:Env", "p?od"]], true],
  ["? is no more than one", [["tag:Env", "p?d"]], false],
  ["the whole value", [["tag:Env", "pro"]], false],
  ["a dot is a dot", [["tag:a.b", "x.y"]], false],
  ["a backslash makes * ordinary", [["tag:a.b", "x\\*y"]], true],
  ["an ordinary * is no run", [["tag:Env", "p\\*"]], false],
  ["a tag without a value is there", [["tag:Empty", "*"]], true],
  ["a tag that is not there", [["tag:Nope", "*"]], false],
  ["an inherited name is no tag", [["tag:constructor", "*"]], false],
  ["an inherited name is no filter", [["constructor", "*"]], false],
  ["an id", [["instance-id", "mi-1"]], true],
  ["an address", [["private-ip-address", "10.0.0.*"]], true],
  ["an account", [["owner-id", "1"]], true],
  ["what only EC2 knows", [["instance-type", "*"]], false],
  [
    "every one of several",
    [
      ["tag:Env", "prod"],
      ["instance-id", "i-2"],
    ],
    false,
  ],
  ["none", [], true],
] as const)("filters of a hybrid node: %s", (_, given, expected) => {
  const filters = given.map(([name = "", ...values]) => ({ name, values }));
  expect(matchesFilters(filters, node)).toBe(expected);
});
