import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/kernel/errors.ts";
import { Secret } from "../../src/kernel/secret.ts";
import {
  endingOfError,
  endingOfMistakes,
  endingOfOutcome,
  endingOfOutput,
  oneLine,
} from "../../src/main/exit.ts";

describe("how a process ends", () => {
  // the table of docs/errors.md
  it.each([
    ["defect", 70],
    ["output-incomplete", 74],
    ["transfer-failed", 74],
    ["aws-throttled", 75],
    ["aws-failing", 75],
    ["aws-silent", 75],
    ["setting-missing", 78],
    ["setting-invalid", 78],
  ] as const)("%s ends with %i and one line", (code, exitCode) => {
    const error = new BridgeError(code, "node a: what\nand why");
    expect(endingOfError(error, "a")).toEqual({
      exitCode,
      line: `rundeck-ssm: ${code}: node a: what\\u000aand why\n`,
    });
  });

  it.each([
    ["node-unreachable", 69],
    ["aws-unreachable", 75],
    ["not-aws", 75],
    ["credentials-unavailable", 75],
    ["access-denied", 77],
    ["credentials-invalid", 77],
  ] as const)(
    "%s ends with %i, and points to the doctor before the command's id",
    (code, exitCode) => {
      const ending = (message: string) =>
        endingOfError(new BridgeError(code, message), "a");
      expect(ending("node a: what; and why")).toEqual({
        exitCode,
        line: `rundeck-ssm: ${code}: node a: what; and why; see rundeck-ssm doctor\n`,
      });
      const id = "0b1f2c3d-1111-4222-8333-444455556666";
      expect(ending(`node a: what; command ${id}`).line).toBe(
        `rundeck-ssm: ${code}: node a: what; see rundeck-ssm doctor; command ${id}\n`,
      );
    },
  );

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
    expect(endingOfOutcome(outcome, subject)).toEqual({
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
      { kind: "execution-timeout", afterSeconds: 9, isOthers: true },
      124,
      "raise the time limit in the document",
    ],
    [
      { kind: "delivery-timeout", afterSeconds: 30 },
      124,
      "ssm-delivery-timeout (project.x)",
    ],
    [{ kind: "killed", command: "ended" }, 143, "and ended on the node"],
    [{ kind: "killed", command: "never-began" }, 143, "never begun"],
    [{ kind: "killed", command: "unconfirmed" }, 143, "not confirmed"],
    [{ kind: "killed", command: "goes-on" }, 143, "is going on on the node"],
    [{ kind: "cancelled" }, 143, "cancelled in AWS"],
    [{ kind: "never-begun", afterSeconds: 35 }, 124, "was not seen to begin"],
  ] as const)("names what %o came from", (outcome, exitCode, words) => {
    const ending = endingOfOutcome(outcome, subject);
    expect(ending.exitCode).toBe(exitCode);
    expect(ending.line).toContain(words);
    expect(ending.line).toMatch(/^rundeck-ssm: [a-z-]+: node a: [^\n]+\n$/);
  });

  it("tells each mistake of a document step in a line of its own", () => {
    expect(
      endingOfMistakes("node a", ["parameter x\n", "parameter y"]),
    ).toEqual({
      exitCode: 78,
      line: "rundeck-ssm: setting-invalid: node a: parameter x\\u000a\nrundeck-ssm: setting-invalid: node a: parameter y\n",
    });
  });

  it("ends with the id of a command that AWS had", () => {
    const outcome = { kind: "delivery-timeout", afterSeconds: 30 } as const;
    expect(endingOfOutcome(outcome, subject, "c-1").line).toMatch(/c-1\n$/);
  });

  it("calls what can't be printed a command's output only where there was a command", () => {
    const full = { stream: "stdout", why: "ENOSPC" } as const;
    const ended = { exitCode: 0 };
    const { line } = endingOfOutput(ended, full, "a");
    expect(line).toMatch(/: node a: what was to be printed .*\(ENOSPC\)\n$/);
    const ofCommand = { ...ended, commandId: "c-1" };
    expect(endingOfOutput(ofCommand, full, "a").line).toMatch(
      /: node a: the command's output .*; it ended with 0; command c-1\n$/,
    );
  });

  it("shows control characters as escapes, so that one failure is one line", () => {
    expect(oneLine("a\r\nb\u001b[31mc\u2028d")).toBe(
      "a\\u000d\\u000ab\\u001b[31mc\\u2028d",
    );
  });
});

const subject = {
  target: "node a",
  setting: (name: string) => `${name} (project.x)`,
  state: (name: string) => `${name} is set`,
};

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
