import { describe, expect, it } from "vitest";
import type { StepList } from "../../../src/aws/documents.ts";
import type { CommandPlan } from "../../../src/command/plan.ts";
import { planDocument } from "../../../src/command/document/plan.ts";
import { runCommand } from "../../../src/exec/run.ts";
import { openSteps } from "../../../src/exec/steps/steps.ts";
import { watchSteps } from "../../../src/exec/steps/watch-steps.ts";
import type { BridgeError } from "../../../src/kernel/errors.ts";
import { fakePorts, never, unending } from "../../support/ports.ts";
import { failure } from "../../support/ssm.ts";

const plan: CommandPlan = planDocument({
  instanceId: "i-1",
  target: "node a (i-1, eu-west-1)",
  osFamily: "unix",
  document: "Doc",
  parameters: {},
  runId: "0".repeat(24),
  comment: "",
  executionTimeoutSeconds: 100,
  deliveryTimeoutSeconds: 60,
  logRetrieveDelaySeconds: 0,
});

/** "Success first=Success:0 second=InProgress" */
function listing(text: string): StepList {
  const [status = "", ...words] = text.split(" ");
  const steps = words.map((word) => {
    const [, name = "", state = "", code = "-1"] =
      /^([^=]+)=(\w+)(?::(-?\d+))?$/.exec(word) ?? [];
    return { name, status: state, responseCode: Number(code) };
  });
  return { status, steps };
}

type Reply = { stdout?: string; stderr?: string; responseCode?: number };

/** Runs a document whose looks and replies are these; the last look is for ever. */
function start(
  looks: (string | BridgeError | undefined)[],
  replies: Record<string, Reply> = {},
  signal = never,
) {
  const { ports, clock, ssm, notes } = fakePorts({});
  const printed: string[] = [];
  const read: string[] = [];
  ssm.read = async ({ plugin = "" }) => {
    read.push(plugin);
    const reply = replies[plugin] ?? {};
    return {
      status: "Success",
      responseCode: 0,
      stdout: "",
      stderr: "",
      ...reply,
    };
  };
  let at = 0;
  const list = async () => {
    const look = looks[Math.min(at, looks.length - 1)];
    at += 1;
    if (look === undefined) return undefined;
    if (typeof look !== "string") throw look;
    return listing(look);
  };
  const ended = runCommand(
    ports,
    plan,
    {
      newObjectName: () => "",
      output: async (stream, bytes) => {
        const text = Buffer.from(bytes).toString();
        printed.push(stream === "stdout" ? text : `[${text}]`);
      },
      openWatcher: (run) => watchSteps(openSteps(run, { list })),
    },
    { ...unending, signal },
  );
  return { ended, printed, read, notes, clock, ssm };
}

describe("a document's steps", () => {
  it("are shown in its order, each when it has ended, and a single look brings several", async () => {
    const { ended, printed, read } = start(
      [
        undefined,
        "Pending a=Pending b=Pending c=Pending",
        "InProgress a=Success:0 b=InProgress c=InProgress",
        "Success a=Success:0 b=Success:0 c=Skipped:0",
      ],
      { a: { stdout: "A" }, b: { stdout: "B\n", stderr: "E\n" } },
    );
    expect(await ended).toEqual({
      commandId: "c-1",
      outcome: { kind: "exited", exitCode: 0 },
    });
    expect(printed.join("")).toBe(
      "== a ==\nA\n== b ==\nB\n[E\n]== c == Skipped\n",
    );
    expect(read).toEqual(["a", "b"]);
  });

  it("have no titles where there is one", async () => {
    const { ended, printed } = start(["Success a=Success:0"], {
      a: { stdout: "A\n" },
    });
    await ended;
    expect(printed.join("")).toBe("A\n");
  });

  it("end with the code of the one that failed", async () => {
    const { ended, printed } = start(
      ["Failed a=Success:0 b=Failed:3 c=Failed:4"],
      {
        b: {
          responseCode: 3,
          stderr: "oops\nfailed to run commands: exit status 3",
        },
        c: { responseCode: 4 },
      },
    );
    expect((await ended).outcome).toEqual({ kind: "exited", exitCode: 3 });
    expect(printed.join("")).toBe(
      "== a == Success\n== b ==\n[oops\n]== b == Failed, code 3\n== c == Failed, code 4\n",
    );
  });

  it("are waited for where the last one's end comes after the command's", async () => {
    const { ended, printed } = start(
      [
        "InProgress a=Success:0 b=InProgress",
        "Success a=Success:0 b=InProgress",
        "Success a=Success:0 b=InProgress",
        "Success a=Success:0 b=Success:0",
      ],
      { b: { stdout: "late\n" } },
    );
    await ended;
    expect(printed.join("")).toBe("== a == Success\n== b ==\nlate\n");
  });

  it("are still shown where AWS never tells the last one's end", async () => {
    const { ended, printed } = start(["Failed a=Failed:1 b=InProgress"]);
    expect((await ended).outcome).toEqual({ kind: "exited", exitCode: 1 });
    expect(printed.join("")).toBe(
      "== a == Failed, code 1\n== b == InProgress\n",
    );
  });

  it("ride out throttling and 5xx", async () => {
    const { ended } = start([
      failure("aws-throttled"),
      "InProgress a=InProgress",
      failure("aws-failing"),
      "Success a=Success:0",
    ]);
    expect((await ended).outcome).toEqual({ kind: "exited", exitCode: 0 });
  });

  it("have their own time limits, of which we know nothing", async () => {
    const { ended } = start(["ExecutionTimedOut a=ExecutionTimedOut:137"], {
      a: { responseCode: 137 },
    });
    expect((await ended).outcome).toMatchObject({ kind: "execution-timeout" });
  });

  it("end when AWS calls the command Cancelling for two minutes", async () => {
    const { ended } = start([
      "InProgress a=InProgress",
      "Cancelling a=InProgress",
    ]);
    expect((await ended).outcome).toEqual({ kind: "cancelled" });
  });

  it("are given up when the step's own time is over, and the command is cancelled", async () => {
    const { ended, ssm } = start(["InProgress a=InProgress"]);
    ssm.read = async () => ({
      status: "Cancelled",
      responseCode: 137,
      stdout: "",
      stderr: "",
    });
    expect((await ended).outcome).toEqual({
      kind: "never-begun",
      afterSeconds: 160,
    });
    expect(ssm.calls).toContain("cancel");
  });
});

describe("a kill", () => {
  it("cancels the command, and shows the steps that had ended by then", async () => {
    const killing = new AbortController();
    const { ended, printed, clock, ssm } = start(
      [
        "InProgress a=Success:0 b=InProgress c=Pending",
        "InProgress a=Success:0 b=InProgress c=Pending",
        "Cancelled a=Success:0 b=Cancelled:137 c=Cancelled:1",
      ],
      {
        "": { responseCode: -1 },
        a: { stdout: "A\n" },
        b: { stdout: "half", responseCode: 137 },
        c: { responseCode: 1 },
      },
      killing.signal,
    );
    clock.at(900, () => killing.abort());
    expect((await ended).outcome).toEqual({ kind: "killed", command: "ended" });
    expect(ssm.calls).toContain("cancel");
    expect(printed.join("")).toBe(
      "== a ==\nA\n== b ==\nhalf\n== b == Cancelled, code 137\n== c == Cancelled, code 1\n",
    );
  });

  it.each([
    ["has begun by its steps' answers", "a=Cancelled:137", "ended"],
    [
      "never began where none has answered",
      "a=Cancelled b=Cancelled",
      "never-began",
    ],
  ])("before the first look %s", async (_, steps, command) => {
    const killing = new AbortController();
    const { ended, clock, ssm } = start(
      [`Cancelled ${steps}`],
      {},
      killing.signal,
    );
    ssm.read = async () => ({
      status: "Cancelled",
      responseCode: -1,
      stdout: "",
      stderr: "",
    });
    clock.at(1, () => killing.abort());
    expect((await ended).outcome).toEqual({ kind: "killed", command });
  });
});
