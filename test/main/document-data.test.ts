import { expect, test } from "vitest";
import { dataOfEnd, dataOfSend } from "../../src/main/document-data.ts";

/** Source: rundeck, SimpleDataFilterPlugin; what a reference in a job may not have is replaced by the filter. */
const pattern = /^RUNDECK:DATA:([^\s${}\\]+) = (.+)$/;

function read(lines: string): [string, string][] {
  return lines
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const [, key = "", value = ""] = pattern.exec(line) ?? [];
      return [key, value];
    });
}

test("a document's id is data as soon as AWS has accepted it", () => {
  expect(read(dataOfSend("c-1"))).toEqual([["ssm-command-id", "c-1"]]);
});

test("its end is data, step by step, and a code only where there is one", () => {
  const steps = [
    { name: "aws:updateSsmAgent", status: "Success", responseCode: 0 },
    { name: "a b", status: "Cancelled", responseCode: -1 },
  ];
  const end = dataOfEnd(
    { status: "Cancelled", steps },
    { kind: "killed", command: "ended" },
  );
  expect(read(end)).toEqual([
    ["ssm-status", "Cancelled"],
    ["ssm-status.aws-updateSsmAgent", "Success"],
    ["ssm-exit-code.aws-updateSsmAgent", "0"],
    ["ssm-status.a-b", "Cancelled"],
  ]);
});

test("of steps that AWS does not tell there is nothing but the command's end", () => {
  const steps = [{ name: "", status: "Failed", responseCode: 3 }];
  const end = dataOfEnd(
    { status: "Failed", steps },
    { kind: "exited", exitCode: 3 },
  );
  expect(read(end)).toEqual([
    ["ssm-status", "Failed"],
    ["ssm-exit-code", "3"],
  ]);
});
