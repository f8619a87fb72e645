import { describe, expect, it } from "vitest";
import { planCommand } from "../../src/command/plan.ts";
import type { CommandPlan } from "../../src/command/plan.ts";
import { runCommand } from "../../src/exec/run.ts";
import type { StreamName } from "../../src/output/chunk.ts";
import { fakePorts, never } from "../support/ports.ts";
import { failure, made } from "../support/ssm.ts";

const runId = "0123456789abcdef01234567";
const target = "node a (i-1, us-east-1)";

function plan(runner: "full" | "none" = "full"): CommandPlan {
  return planCommand({
    instanceId: "i-1",
    target,
    platform: "unix",
    command: "id",
    runId,
    comment: `why [${runId}]`,
    runner,
    variables: new Map(),
    executionTimeoutSeconds: 60,
    deliveryTimeoutSeconds: 30,
    outputLimitBytes: 8_388_608,
    liveOutput: false,
    logRetrieveDelaySeconds: 0,
  });
}

/** A reply as the runner writes it. */
const reply = (code: number, out = "hello\n") => ({
  status: code === 0 ? "Success" : "Failed",
  responseCode: code,
  stdout: `${out}[rundeck-ssm ${runId} exit=${code} out=${out.length} err=0 form=plain sum= note=]\n`,
  stderr: code === 0 ? "" : `failed to run commands: exit status ${code}`,
});
/** What a follow-up finds of a run that nobody saw the end of. */
const recovered = {
  stdout: `so far\n[rundeck-ssm ${runId} exit= out=7 err=0 form=plain sum= note=recovered]\n`,
};
const running = { status: "InProgress", responseCode: -1 };

async function run(
  script: Parameters<typeof fakePorts>[0],
  {
    runner = "full",
    signal = never,
  }: { runner?: "full" | "none"; signal?: AbortSignal } = {},
) {
  const fake = fakePorts(script);
  const captured: { stream: StreamName; bytes: Uint8Array }[] = [];
  const { outcome } = await runCommand(
    fake.ports,
    plan(runner),
    {
      newObjectName: () => "f".repeat(32),
      output: async (stream, bytes) => void captured.push({ stream, bytes }),
    },
    { signal, last: never },
  );
  const text = (wanted: StreamName) =>
    captured
      .filter(({ stream }) => stream === wanted)
      .map(({ bytes }) => Buffer.from(bytes).toString())
      .join("");
  return {
    ...fake,
    outcome,
    stdout: text("stdout"),
    stderr: text("stderr"),
  };
}

describe("running a command", () => {
  it.each([0, 3, 255])(
    "delivers its output and its exit code %i, and nothing of the runner or the agent",
    async (code) => {
      const { outcome, stdout, stderr, ssm } = await run({
        read: [running, reply(code)],
      });
      expect(outcome).toEqual({ kind: "exited", exitCode: code });
      expect([stdout, stderr]).toEqual(["hello\n", ""]);
      expect(ssm.calls).toEqual(["send", "read", "read"]);
    },
  );

  it("gives the agent more time than the runner, which ends the command more gently", () => {
    const { request, timeouts } = plan();
    expect(request.parameters.executionTimeout).toEqual(["90"]);
    expect(timeouts).toEqual({
      deliverySeconds: 30,
      executionSeconds: 70,
      slackSeconds: 10,
    });
  });

  it("shows the user's command first in AWS's console, line by line", () => {
    expect(plan().request.parameters.commands?.slice(0, 3)).toEqual([
      `rundeck_command() { cat <<'--- end of command ${runId} ---'`,
      "id",
      `--- end of command ${runId} ---`,
    ]);
    expect(plan("none").request.parameters.commands).toEqual(["id"]);
  });

  it("fetches what a command wrote whose runner was killed, and takes no code of that for the command's", async () => {
    const killed = {
      status: "Failed",
      responseCode: -1,
      stderr: "signal: killed",
    };
    const script = fakePorts({ read: [killed, recovered] });
    const captured: string[] = [];
    const ran = runCommand(
      script.ports,
      plan(),
      {
        newObjectName: () => "f".repeat(32),
        output: async (stream, bytes) =>
          void captured.push(stream, Buffer.from(bytes).toString()),
      },
      { signal: never, last: never },
    );
    await expect(ran).rejects.toMatchObject({ code: "output-incomplete" });
    expect(captured).toEqual(["stdout", "so far\n"]);
    expect(script.ssm.calls).toEqual(["send", "read", "send", "read"]);
  });

  it("says what the runner refused, in its own words", async () => {
    await expect(
      run({
        read: [
          {
            status: "Failed",
            responseCode: 78,
            stdout: `[rundeck-ssm ${runId} refused=no-user]\n`,
            stderr:
              "rundeck-ssm: ssm-run-as: this node has no user 'x'\nfailed to run commands: exit status 78",
          },
        ],
      }),
    ).rejects.toMatchObject({
      code: "setting-invalid",
      message: expect.stringMatching(
        /^node a .*: ssm-run-as \(test\): this node has no user 'x'; command c-1$/,
      ),
    });
  });

  it("tells that bytes are missing rather than show less than the command wrote", async () => {
    const { stdout, ...rest } = reply(0);
    const damaged = stdout.replace("sum=", `sum=${"0".repeat(64)}`);
    await expect(
      run({ read: [{ ...rest, stdout: damaged }] }),
    ).rejects.toMatchObject({ code: "output-incomplete" });
  });
});

/** Runs a command whose job is killed at the first look. */
async function killedAfter(
  script: Parameters<typeof fakePorts>[0],
  runner: "full" | "none" = "full",
) {
  const killed = new AbortController();
  const read = [
    made(() => {
      killed.abort();
      return running;
    }),
    ...(script.read ?? []),
  ];
  return run({ ...script, read }, { runner, signal: killed.signal });
}

describe("a killed job", () => {
  it("cancels the command, waits until AWS confirms it, and delivers what it wrote", async () => {
    const { outcome, stdout, ssm, notes } = await killedAfter({
      read: [{ status: "Cancelled", responseCode: 137 }, recovered],
    });
    expect(outcome).toEqual({ kind: "killed", command: "ended" });
    expect(stdout).toBe("so far\n");
    expect(ssm.calls).toEqual([
      "send",
      "read",
      "cancel",
      "read",
      "send",
      "read",
    ]);
    expect(notes).toEqual([]);
  });

  it("removes what a runner leaves that is killed behind its last line", async () => {
    const { stdout, ssm } = await killedAfter({
      read: [{ ...reply(0), status: "Cancelled", responseCode: 137 }],
    });
    expect(stdout).toBe("hello\n");
    const removal = ssm.sent.at(-1)?.parameters.commands?.join("\n");
    expect(removal).toContain('rm -rf "$spool"');
    expect(ssm.calls.filter((call) => call === "send")).toHaveLength(2);
  });

  it("ends the command by a follow-up where CancelCommand is denied", async () => {
    const { outcome, stdout, ssm, notes } = await killedAfter({
      cancel: [failure("access-denied")],
      read: [{ status: "Success" }, reply(143, "bye\n")],
    });
    expect(outcome).toEqual({ kind: "killed", command: "ended" });
    expect(stdout).toBe("bye\n");
    expect(ssm.calls).toEqual([
      "send",
      "read",
      "cancel",
      "send",
      "read",
      "read",
    ]);
    expect(notes).toEqual([]);
  });

  it("says so where CancelCommand is denied and there is no runner to end", async () => {
    const { notes } = await killedAfter(
      { cancel: [failure("access-denied")] },
      "none",
    );
    expect(notes).toEqual([
      expect.stringContaining("ssm:CancelCommand is denied"),
    ]);
  });

  it("names no policy where something else than AWS refused the cancel", async () => {
    const { notes } = await killedAfter(
      { cancel: [failure("not-aws")] },
      "none",
    );
    expect(notes).toEqual([
      expect.stringMatching(
        /^scripted not-aws; the command could not be cancelled, so it goes on/,
      ),
    ]);
  });

  it("cancels a command whose send is answered after the kill", async () => {
    const killed = new AbortController();
    const { outcome, ssm } = await run(
      {
        send: [
          made(() => {
            killed.abort();
            return "c-1";
          }),
          "c-2",
        ],
        read: [{ status: "Cancelled", responseCode: 1 }, recovered],
      },
      { signal: killed.signal },
    );
    expect(outcome).toEqual({ kind: "killed", command: "never-began" });
    expect(ssm.calls).toContain("cancel");
  });

  it("does not say that a command never began whose end a list has told, which knows no times", async () => {
    const killed = new AbortController();
    const { outcome } = await run(
      {
        send: [
          made(() => {
            killed.abort();
            return "c-1";
          }),
        ],
        read: [{ status: "Cancelled", responseCode: -1, isListed: true }],
      },
      { runner: "none", signal: killed.signal },
    );
    expect(outcome).toEqual({ kind: "killed", command: "ended" });
  });

  it("ends within a minute even if AWS never confirms", async () => {
    const killed = new AbortController();
    const { clock, outcome } = await run(
      {
        read: [
          made(() => {
            killed.abort();
            return running;
          }),
          { status: "Cancelling", responseCode: -1 },
        ],
      },
      { signal: killed.signal },
    );
    expect(outcome).toEqual({ kind: "killed", command: "unconfirmed" });
    expect(clock.now() - 1_700_000_000_000).toBeLessThan(60_000);
  });
});

describe("our own deadline", () => {
  it("is a delivery timeout for a command that no node took", async () => {
    const { outcome, ssm } = await run({
      read: [{ status: "Pending", responseCode: -1 }],
    });
    expect(outcome).toEqual({ kind: "delivery-timeout", afterSeconds: 30 });
    expect(ssm.calls).toContain("cancel");
  });

  it("is the end of a command that the node has, but was not seen to begin", async () => {
    const { outcome, ssm } = await run({ read: [running] });
    expect(outcome).toEqual({ kind: "never-begun", afterSeconds: 90 });
    expect(ssm.calls).toContain("cancel");
  });

  it("is AWS's failure if AWS did not answer", async () => {
    await expect(
      run({ read: [failure("aws-throttled")] }),
    ).rejects.toMatchObject({ code: "aws-throttled" });
  });
});
