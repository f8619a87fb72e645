import { describe, expect, it } from "vitest";
import type { Check } from "../../src/doctor/check.ts";
import { formatJson, formatStage, formatSum } from "../../src/doctor/table.ts";

const checks: Check[] = [
  { stage: "network", name: "ssm", state: "ok", says: "answered" },
  {
    stage: "network",
    name: "logs",
    state: "warning",
    says: "slow",
    remedy: "wait",
  },
  {
    stage: "network",
    name: "s3 files",
    state: "problem",
    says: "gone\u001b[2J",
    remedy: "make it",
    code: "aws-unreachable",
  },
  { stage: "network", name: "ec2", state: "unknown", says: "nobody knows" },
  { stage: "network", name: "clock", state: "skipped", says: "not tried" },
];

describe("the doctor's table", () => {
  it("has a line a check, and below what is wrong its remedy", () => {
    expect(formatStage(checks, { hasColours: false })).toBe(`network
  ✓ ssm       answered
  ! logs      slow
              → wait
  ✗ s3 files  gone?[2J
              → make it
  ? ec2       nobody knows
  – clock     not tried
`);
  });

  it("has colours where they are wanted", () => {
    const table = formatStage(checks, { hasColours: true });
    expect(table).toContain("\u001b[31m✗\u001b[0m s3 files");
    const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
    expect(table.replaceAll(colour, "")).toBe(
      formatStage(checks, { hasColours: false }),
    );
  });

  it("ends with the number of problems and the first of them", () => {
    expect(formatSum(checks)).toBe(
      "1 problem, 1 warning, the first: network s3 files\n",
    );
    expect(formatSum([])).toBe("no problems, no warnings\n");
  });
});

it("the JSON holds what the contract names, and nothing else", () => {
  expect(JSON.parse(formatJson("1.2.3", checks.slice(1, 3)))).toEqual({
    version: "1.2.3",
    checks: [
      {
        stage: "network",
        name: "logs",
        state: "warning",
        says: "slow",
        remedy: "wait",
      },
      {
        stage: "network",
        name: "s3 files",
        state: "problem",
        says: "gone\u001b[2J",
        remedy: "make it",
      },
    ],
  });
});
