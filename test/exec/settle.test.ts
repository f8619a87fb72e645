import { describe, expect, it } from "vitest";
import { planCommand } from "../../src/command/plan.ts";
import { settle } from "../../src/exec/settle.ts";
import type { Evidence } from "../../src/exec/settle.ts";

const evidence = (
  invocation: Partial<Evidence["invocation"]>,
  report?: Partial<NonNullable<Evidence["report"]>>,
): Evidence => ({
  invocation: {
    status: "Success",
    responseCode: 0,
    stdout: "",
    stderr: "",
    ...invocation,
  },
  report: report
    ? {
        kind: "ended",
        ending: { kind: "exited", exitCode: 0 },
        delivery: { kind: "plain" },
        stdoutBytes: 0,
        stderrBytes: 0,
        cut: [],
        incomplete: false,
        ...report,
      }
    : undefined,
  runner: "none",
  executionTimeoutSeconds: 3600,
  isTimeoutOurs: true,
  deliveryTimeoutSeconds: 600,
  target: "node a (i-1, us-east-1)",
});

const toRun = {
  instanceId: "i-1",
  target: "node a (i-1, us-east-1)",
  platform: "unix",
  command: "id",
  runId: "0123456789abcdef01234567",
  comment: "why",
  runner: "full",
  variables: new Map(),
  executionTimeoutSeconds: 60,
  deliveryTimeoutSeconds: 30,
  outputLimitBytes: 8_388_608,
  liveOutput: false,
  logRetrieveDelaySeconds: 0,
} as const;

describe("settling a command of a document of the user's own", () => {
  it("is a timeout of the document's, which may be shorter than ours", () => {
    const ended = evidence({
      status: "ExecutionTimedOut",
      responseCode: 137,
      elapsedMs: 60_400,
    });
    expect(settle({ ...ended, isTimeoutOurs: false })).toEqual({
      kind: "execution-timeout",
      afterSeconds: 60,
      isOthers: true,
    });
    expect(settle(ended)).toEqual({ kind: "exited", exitCode: 137 });
  });

  it("is one with the runner, too, which the document's limit has killed", () => {
    const ended = evidence(
      { status: "ExecutionTimedOut", responseCode: 137, elapsedMs: 60_400 },
      { ending: { kind: "unseen", from: "runner" } },
    );
    const { isTimeoutOurs } = planCommand({ ...toRun, documentName: "Own" });
    expect(settle({ ...ended, runner: "full", isTimeoutOurs })).toEqual({
      kind: "execution-timeout",
      afterSeconds: 60,
      isOthers: true,
    });
  });

  it("is ours of AWS's documents, whatever they are called by", () => {
    const name = "AWS-RunShellScript";
    for (const documentName of [
      name,
      `arn:aws:ssm:us-east-1::document/${name}`,
    ])
      expect(planCommand({ ...toRun, documentName })).toMatchObject({
        isTimeoutOurs: true,
        request: { documentName, parameters: { executionTimeout: ["90"] } },
      });
    const others = `arn:aws:ssm:us-east-1:111122223333:document/${name}`;
    expect(planCommand({ ...toRun, documentName: others })).toMatchObject({
      isTimeoutOurs: false,
    });
  });
});

describe("settling a command with the runner's account", () => {
  it.each([0, 1, 126, 137, 143, 168, 194, 255])(
    "gives the command's own code %i, whatever AWS says",
    (exitCode) => {
      const told = { ending: { kind: "exited", exitCode } as const };
      const shown = { status: "Failed", responseCode: 1 };
      expect(settle(evidence(shown, told))).toEqual({
        kind: "exited",
        exitCode,
      });
    },
  );

  it.each([
    [3010, 194],
    [256, 1],
    [-1073741510, 58],
  ])("narrows Windows' code %i to %i", (exitCode, narrow) => {
    const told = { ending: { kind: "exited", exitCode } as const };
    expect(settle(evidence({}, told))).toEqual({
      kind: "exited",
      exitCode: narrow,
    });
  });

  it("tells the runner's timeout from a command that ends with 124", () => {
    const shown = { status: "Failed", responseCode: 124 };
    expect(settle(evidence(shown, { ending: { kind: "timeout" } }))).toEqual({
      kind: "execution-timeout",
      afterSeconds: 3600,
    });
    const told = { ending: { kind: "exited", exitCode: 124 } as const };
    expect(settle(evidence(shown, told))).toEqual({
      kind: "exited",
      exitCode: 124,
    });
  });
});

describe("settling a command whose runner gave no account", () => {
  const unseen = { ending: { kind: "unseen", from: "runner" } as const };
  it.each([
    [{ status: "Success" }, undefined],
    [{ status: "Failed", responseCode: 2 }, undefined],
    [{ status: "Failed", responseCode: 137 }, unseen],
    [{ status: "Failed", responseCode: -1, stderr: "signal: killed" }, unseen],
    [{ status: "ExecutionTimedOut", responseCode: 137, elapsedMs: 9 }, unseen],
  ])("%j is no exit code of the command's", (shown, report) => {
    expect(() =>
      settle({ ...evidence(shown, report), runner: "full" }),
    ).toThrow(
      expect.objectContaining({
        code: "output-incomplete",
        message: expect.stringMatching(/^node a .*without telling how/),
      }),
    );
  });

  it("is what AWS says of it where that is no code", () => {
    const late = { status: "TimedOut", responseCode: -1 };
    expect(settle({ ...evidence(late), runner: "full" })).toMatchObject({
      kind: "execution-timeout",
    });
    const cancelled = { status: "Cancelled", responseCode: 137 };
    expect(settle({ ...evidence(cancelled), runner: "full" })).toEqual({
      kind: "cancelled",
    });
  });
});

describe("settling a command by AWS's status alone", () => {
  it.each([
    ["Success", 0, "", 0],
    ["Success", 168, "", 168],
    ["Failed", 3, "", 3],
    ["Failed", 127, "", 127],
    ["Failed", -1, "signal: killed", 137],
    ["Failed", -1, "failed to run commands: signal: terminated", 143],
    ["Failed", -1, "signal: segmentation fault (core dumped)", 139],
    // Go's names on Linux: its zerrors_linux_amd64.go
    ["Failed", -1, "signal: illegal instruction (core dumped)", 132],
    ["Failed", -1, "signal: trace/breakpoint trap (core dumped)", 133],
    ["Failed", -1, "signal: bus error (core dumped)", 135],
    ["Failed", -1, "signal: floating point exception (core dumped)", 136],
    ["Failed", -1, "signal: user defined signal 1", 138],
    ["Failed", -1, "signal: user defined signal 2", 140],
    ["Failed", -1, "signal: broken pipe", 141],
    ["Failed", -1, "signal: alarm clock", 142],
    ["Failed", -1, "signal: signal 31", 159],
  ])(
    "%s with %i (%s) is exit code %i",
    (status, responseCode, stderr, exitCode) => {
      expect(settle(evidence({ status, responseCode, stderr }))).toEqual({
        kind: "exited",
        exitCode,
      });
    },
  );

  it("knows no code where SSM has cut what the agent says of it", () => {
    const cut = { status: "Failed", responseCode: -1, stderr: "x".repeat(8e3) };
    expect(() => settle(evidence(cut))).toThrow(
      expect.objectContaining({
        code: "output-incomplete",
        message: expect.stringMatching(/^node a .* its code is not known: SSM/),
      }),
    );
  });

  it("tells a process killed for want of memory from a timeout by the time that it worked", () => {
    const status = "ExecutionTimedOut";
    const killed = { status, responseCode: 137, elapsedMs: 12_000 };
    expect(settle(evidence(killed))).toEqual({ kind: "exited", exitCode: 137 });
    const late = { status, responseCode: 137, elapsedMs: 3_600_000 };
    expect(settle(evidence(late))).toEqual({
      kind: "execution-timeout",
      afterSeconds: 3600,
    });
  });

  it("tells delivery from execution timeout, and a cancel in AWS", () => {
    expect(settle(evidence({ status: "DeliveryTimedOut" }))).toEqual({
      kind: "delivery-timeout",
      afterSeconds: 600,
    });
    expect(settle(evidence({ status: "Cancelled" }))).toEqual({
      kind: "cancelled",
    });
  });

  it.each([
    ["Undeliverable", "node-unreachable"],
    ["Terminated", "node-unreachable"],
    ["InvalidPlatform", "setting-invalid"],
    ["AccessDenied", "access-denied"],
    ["SomethingNew", "aws-refused"],
  ])("%s is the failure %s, and names the node", (status, code) => {
    expect(() => settle(evidence({ status, responseCode: -1 }))).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining("node a (i-1, us-east-1)"),
      }),
    );
  });
});
