import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { planCommand } from "../../src/command/plan.ts";
import type { CommandToRun } from "../../src/command/plan.ts";
import { runCommand } from "../../src/exec/run.ts";
import type { Job } from "../../src/exec/run.ts";
import { parseTrace, writeTrace } from "../../src/exec/trace.ts";
import type { Trace } from "../../src/exec/trace.ts";
import { fakeObjects } from "../support/objects.ts";
import { fakePorts, never } from "../support/ports.ts";
import { failure } from "../support/ssm.ts";

const runId = "0123456789abcdef01234567";
const objectName = "f".repeat(32);
const nothing = { stdoutBytes: 0, stderrBytes: 0 };

function plan(more: Partial<CommandToRun> = {}) {
  return planCommand({
    instanceId: "i-1",
    target: "node a (i-1, us-east-1)",
    platform: "unix",
    command: "id",
    runId,
    comment: `why [${runId}]`,
    runner: "full",
    variables: new Map(),
    executionTimeoutSeconds: 60,
    deliveryTimeoutSeconds: 30,
    outputLimitBytes: 8_388_608,
    liveOutput: false,
    logRetrieveDelaySeconds: 0,
    ...more,
  });
}

const plain = (out: string) => ({
  stdout: `${out}[rundeck-ssm ${runId} exit=0 out=${out.length} err=0 form=plain sum= note=]\n`,
});
const removal = /rm -rf "\$spool"\n$/;

async function run(
  script: Parameters<typeof fakePorts>[0],
  job: Partial<Job>,
  signal = never,
  more: Partial<CommandToRun> = {},
) {
  const { ports, ...fake } = fakePorts(script);
  const bucket = fakeObjects();
  const output: Buffer[] = [];
  /** How much had been sent each time that something was handed on. */
  const sentBefore: number[] = [];
  const { outcome } = await runCommand(
    {
      ...ports,
      openBucket: async () => ({
        ...bucket.port,
        presignPut: bucket.port.presign,
        read: () => Promise.reject(failure("access-denied")),
      }),
    },
    plan(more),
    {
      newObjectName: () => objectName,
      output: async (_, bytes) => {
        sentBefore.push(fake.ssm.sent.length);
        output.push(Buffer.from(bytes));
      },
      ...job,
    },
    { signal, last: never },
  );
  const texts = fake.ssm.sent.map(
    ({ parameters }) => parameters["commands"]?.join("\n") ?? "",
  );
  const stdout = Buffer.concat(output);
  return { ...fake, bucket, outcome, stdout, sentBefore, texts };
}

const left = (trace: Omit<Trace, "runId">, stdoutBytes = 0) => ({
  left: { trace: { runId, ...trace }, printed: { ...nothing, stdoutBytes } },
});
const exited = { kind: "exited", exitCode: 0 };

describe("a trace", () => {
  it.each<Trace>([
    { runId },
    { runId, commandId: "c-1" },
    { runId, commandId: "c-1", objectName },
  ])("is one word, and read as it was: %o", (trace) => {
    expect(writeTrace(trace)).toMatch(/^[A-Za-z0-9_.:-]+$/);
    expect(parseTrace(writeTrace(trace))).toEqual(trace);
  });

  it.each(["", "x", `${runId}:`, `${runId}:c:x`])(
    "is a defect if it is another's: '%s'",
    (word) => {
      expect(() => parseTrace(word)).toThrow(/nothing was sent again/);
    },
  );
});

describe("a run that tells traces", () => {
  it("tells its run id before the send and the command's id after it", async () => {
    const told: unknown[] = [];
    const { ports, ssm } = fakePorts({ read: [plain("hello\n")] });
    await runCommand(
      ports,
      plan(),
      {
        newObjectName: () => objectName,
        output: async () => undefined,
        tell: async (trace) => void told.push([trace, ssm.sent.length]),
      },
      { signal: never, last: never },
    );
    expect(told).toEqual([
      [{ runId }, 0],
      [{ runId, commandId: "c-1" }, 1],
    ]);
  });
});

describe("a run whose process died", () => {
  it("goes on with its command, and hands on what was not", async () => {
    const { outcome, stdout, ssm } = await run(
      { read: [{ status: "InProgress" }, plain("hello\n")] },
      left({ commandId: "c-9" }, 4),
    );
    expect([outcome, stdout.toString()]).toEqual([exited, "o\n"]);
    expect(ssm.calls).toEqual(["read", "read"]);
  });

  it("finds its command where only the intent is known", async () => {
    const { outcome, stdout, ssm } = await run(
      { find: [undefined, "c-9"], read: [plain("hello\n")] },
      left({}),
    );
    expect([outcome, stdout.toString()]).toEqual([exited, "hello\n"]);
    expect(ssm.calls).toEqual(["find", "find", "read"]);
  });

  it("sends its command once AWS has shown that it took nothing", async () => {
    const { outcome, ssm } = await run(
      { find: [undefined], read: [plain("hello\n")] },
      left({}),
    );
    expect(outcome).toEqual(exited);
    expect(ssm.calls).toEqual(["find", "find", "find", "send", "read"]);
    expect(ssm.sent[0]?.comment).toContain(runId);
  });

  it("sends nothing where AWS does not tell", async () => {
    const denied = run({ find: [failure("access-denied")] }, left({}));
    await expect(denied).rejects.toMatchObject({
      code: "access-denied",
      message: expect.stringMatching(/not sent again and may be running/),
    });
  });

  it("fetches nothing of what was all handed on, and removes what may be left", async () => {
    const text = randomBytes(60_000);
    const { read } = packed(text);
    const { outcome, stdout, texts } = await run(
      { read: [read[0] ?? {}] },
      left({ commandId: "c-9" }, text.length),
    );
    expect([outcome, stdout.length]).toEqual([exited, 0]);
    expect(texts).toEqual([expect.stringMatching(removal)]);
  });

  it("fails where its private files are gone that were not all handed on", async () => {
    const { read } = packed(randomBytes(60_000));
    const gone = { stdout: `[rundeck-ssm ${runId} gone]\n` };
    const failed = run(
      { read: [read[0] ?? {}, gone] },
      left({ commandId: "c-9" }, 10),
      never,
      { outputLimitBytes: 50_000 },
    );
    await expect(failed).rejects.toMatchObject({
      code: "output-incomplete",
      message: expect.stringMatching(/no longer on the node/),
    });
  });

  it("is found and cancelled where it was killed", async () => {
    const killed = AbortSignal.abort("killed");
    const { outcome, ssm } = await run(
      {
        find: ["c-9"],
        read: [{ status: "Cancelled", elapsedMs: 900 }, plain("so far\n")],
      },
      left({}),
      killed,
    );
    expect(outcome).toEqual({ kind: "killed", command: "ended" });
    expect(ssm.calls.slice(0, 3)).toEqual(["find", "cancel", "read"]);
  });

  it("never began where it was killed and AWS shows that it took nothing", async () => {
    const killed = AbortSignal.abort("killed");
    const { outcome, ssm } = await run({ find: [undefined] }, left({}), killed);
    expect(outcome).toEqual({ kind: "killed", command: "never-began" });
    expect(ssm.sent).toEqual([]);
  });

  it("leaves no object that it had told, though its output comes another way now", async () => {
    const { outcome, bucket } = await run(
      { read: [plain("hello\n")] },
      left({ commandId: "c-9", objectName }),
      never,
      { outputBucket: "out" },
    );
    expect(outcome).toEqual(exited);
    expect(bucket.calls).toEqual(["remove"]);
  });
});

/** Three pages and more, as the runner and its follow-ups answer. */
function packed(text: Buffer) {
  const pack = gzipSync(text);
  const sum = createHash("sha256").update(text).digest("hex");
  const pages = Array.from(
    { length: Math.ceil(pack.length / 23_400) },
    (_, n) => {
      const page = pack.subarray(n * 23_400, (n + 1) * 23_400);
      return {
        stdout: page.subarray(0, 17_700).toString("base64"),
        stderr: page.subarray(17_700).toString("base64"),
      };
    },
  );
  const [first = { stdout: "", stderr: "" }, ...others] = pages;
  const line = `[rundeck-ssm ${runId} exit=0 out=${text.length} err=0 form=packed pack=${pack.length} sum=${sum} note=]`;
  const reply = { ...first, stdout: `head\n${first.stdout}\n${line}\n` };
  return { read: [reply, ...others], pages: pages.length };
}

describe("the private files of a large output", () => {
  const text = randomBytes(60_000);
  const tell = async () => undefined;

  it("go with the last page where nobody would go on", async () => {
    const { read, pages } = packed(text);
    const { stdout, texts } = await run({ read }, {});
    expect(stdout.equals(text)).toBe(true);
    expect(texts).toHaveLength(pages);
    expect(texts.at(-1)).toMatch(/page 2\nrm -rf "\$spool"\n$/);
  });

  it("stay until all was handed on where another process may have to go on", async () => {
    const { read, pages } = packed(text);
    const { stdout, sentBefore, texts } = await run({ read }, { tell });
    expect(stdout.equals(text)).toBe(true);
    expect(texts).toHaveLength(pages + 1);
    expect(texts.slice(0, -1).join("\n")).not.toMatch(/page \d\nrm -rf/);
    expect(texts.at(-1)).toMatch(removal);
    expect(sentBefore).toEqual([pages]);
  });

  it("go after a kill once all was handed on, and where they can't that is no news", async () => {
    const killed = AbortSignal.abort("killed");
    const recovered = {
      stdout: `so far\n[rundeck-ssm ${runId} exit= out=7 err=0 form=plain sum= note=recovered]\n`,
    };
    const { outcome, notes, stdout, texts } = await run(
      {
        read: [{ status: "Failed", elapsedMs: 900 }, recovered],
        send: ["c-2", failure("access-denied")],
      },
      { tell, ...left({ commandId: "c-9" }) },
      killed,
    );
    expect([outcome, notes]).toEqual([
      { kind: "killed", command: "ended" },
      [],
    ]);
    expect(stdout.toString()).toBe("so far\n");
    expect(texts.at(-1)).toMatch(removal);
  });

  it("go where a page could not be had, though nobody would go on", async () => {
    const { read } = packed(text);
    const { ports, ssm } = fakePorts({ read: [read[0] ?? {}, {}] });
    const failed = runCommand(
      ports,
      plan(),
      { newObjectName: () => objectName, output: tell },
      { signal: never, last: never },
    );
    await expect(failed).rejects.toMatchObject({ code: "output-incomplete" });
    const { commands } = ssm.sent.at(-1)?.parameters ?? {};
    expect(commands?.join("\n")).toMatch(removal);
  });

  it("go where what came is not what the command wrote", async () => {
    const { read } = packed(text);
    const sum = `sum=${"0".repeat(64)}`;
    const { ports, ssm } = fakePorts({
      read: read.map((reply) => ({
        ...reply,
        stdout: reply.stdout.replace(/sum=\w+/, sum),
      })),
    });
    const failed = runCommand(
      ports,
      plan(),
      { newObjectName: () => objectName, output: tell, tell },
      { signal: never, last: never },
    );
    await expect(failed).rejects.toMatchObject({ code: "output-incomplete" });
    const { commands } = ssm.sent.at(-1)?.parameters ?? {};
    expect(commands?.join("\n")).toMatch(removal);
  });

  it("that could not be removed then are no news", async () => {
    const { read } = packed(text);
    const { outcome, notes } = await run(
      { read, send: ["c-1", "c-2", "c-3", failure("access-denied")] },
      { tell },
    );
    expect([outcome, notes]).toEqual([exited, []]);
  });
});
