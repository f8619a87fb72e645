import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/kernel/errors.ts";
import { Secret } from "../../src/kernel/secret.ts";
import {
  endingOfError,
  endingOfOutcome,
  oneLine,
} from "../../src/main/exit.ts";

describe("how a process ends", () => {
  // the table of README.md, "Exit codes"
  it.each([
    ["node-unreachable", 69],
    ["defect", 70],
    ["output-incomplete", 74],
    ["transfer-failed", 74],
    ["aws-throttled", 75],
    ["aws-failing", 75],
    ["aws-silent", 75],
    ["aws-unreachable", 75],
    ["access-denied", 77],
    ["credentials-invalid", 77],
    ["setting-missing", 78],
    ["setting-invalid", 78],
  ] as const)("%s ends with %i and one line", (code, exitCode) => {
    const error = new BridgeError(code, "node a: what\nand why");
    expect(endingOfError(error, "a")).toEqual({
      exitCode,
      line: `rundeck-ssm: ${code}: node a: what\\u000aand why\n`,
    });
  });

  it("tells of an unexpected error only its kind and its place, for its text may hold anything", () => {
    const { exitCode, line } = endingOfError(
      new TypeError("secret hunter2"),
      "a",
    );
    expect(exitCode).toBe(70);
    expect(line).toMatch(/^rundeck-ssm: defect: node a: .*TypeError.*\n$/);
    expect(line).not.toContain("hunter2");
  });

  it("is silent for the command's own exit code", () => {
    const outcome = { kind: "exited", exitCode: 194 } as const;
    expect(endingOfOutcome(outcome, "node a", (name) => name)).toEqual({
      exitCode: 194,
    });
  });

  it.each([
    [
      { kind: "execution-timeout", afterSeconds: 9 },
      124,
      "ssm-execution-timeout (project.x)",
    ],
    [
      { kind: "delivery-timeout", afterSeconds: 30 },
      124,
      "ssm-delivery-timeout (project.x)",
    ],
    [{ kind: "cancelled", by: "rundeck" }, 143, "killed by Rundeck"],
    [{ kind: "cancelled", by: "aws" }, 143, "cancelled in AWS"],
  ] as const)("names what %o came from", (outcome, exitCode, words) => {
    const ending = endingOfOutcome(
      outcome,
      "node a",
      (name) => `${name} (project.x)`,
    );
    expect(ending.exitCode).toBe(exitCode);
    expect(ending.line).toContain(words);
    expect(ending.line).toMatch(/^rundeck-ssm: [a-z-]+: node a: [^\n]+\n$/);
  });

  it("shows control characters as escapes, so that one failure is one line", () => {
    expect(oneLine("a\r\nb\u001b[31mc\u2028d")).toBe(
      "a\\u000d\\u000ab\\u001b[31mc\\u2028d",
    );
  });
});

describe("a secret", () => {
  it("shows in no template, JSON or inspection", async () => {
    const { inspect } = await import("node:util");
    const secret = new Secret("hunter2");
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
    ];
    expect(shown.join()).not.toContain("hunter2");
    expect(secret.reveal()).toBe("hunter2");
  });
});
