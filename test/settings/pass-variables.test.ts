import { expect, test } from "vitest";
import {
  parsePatterns,
  selectVariables,
} from "../../src/settings/pass-variables.ts";

const variables = new Map(
  [
    "RD_JOB_ID",
    "RD_JOB_NAME",
    "RD_NODE_NAME",
    "RD_OPTION_A",
    "RD_OPTION_AB",
  ].map((name) => [name, `value of ${name}`]),
);

test.each([
  ["", []],
  ["RD_JOB_ID", ["RD_JOB_ID"]],
  ["RD_JOB_*", ["RD_JOB_ID", "RD_JOB_NAME"]],
  ["RD_OPTION_?, RD_NODE_NAME", ["RD_NODE_NAME", "RD_OPTION_A"]],
  ["RD_*_NAME", ["RD_JOB_NAME", "RD_NODE_NAME"]],
  ["RD_JOB", []],
  ["RD_JOB_ID*", ["RD_JOB_ID"]],
  ["RD_OPTION_A?", ["RD_OPTION_AB"]],
  ["*_A*B", ["RD_OPTION_AB"]],
  ["RD_NOBODY;RD_JOB_ID\tRD_JOB_ID", ["RD_JOB_ID"]],
])("%j selects %j", (text, expected) => {
  const selected = selectVariables(variables, parsePatterns(text));
  expect([...selected.keys()]).toEqual(expected);
});

test("many stars cost no time", () => {
  const long = new Map([[`RD_${"A".repeat(500)}`, ""]]);
  expect(selectVariables(long, [`RD_${"*A".repeat(40)}*B`]).size).toBe(0);
});
