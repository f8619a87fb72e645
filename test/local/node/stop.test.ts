import { CancelCommandCommand } from "@aws-sdk/client-ssm";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { createPipes } from "../../../src/local/node/fifos.ts";
import { runScript } from "../../../src/local/node/script.ts";
import { handClock } from "../support/clock.ts";
import {
  finished,
  openClient,
  read,
  run,
  send,
  until,
} from "../support/client.ts";

function homeOf(aws: LocalAws): string {
  return aws.nodes.get(aws.instanceIds[0] ?? "")?.folder ?? "";
}

/** Resolves when a command has written a file in the node's folder; answers its content. */
async function written(aws: LocalAws, name: string): Promise<string> {
  const path = join(homeOf(aws), name);
  await until(() =>
    readFile(path, "utf8").then(
      (text) => text.endsWith("\n"),
      () => false,
    ),
  );
  return (await readFile(path, "utf8")).trim();
}

async function cancel(
  aws: LocalAws,
  commandId: string,
  instanceIds?: string[],
): Promise<void> {
  await openClient(aws).send(
    new CancelCommandCommand({
      CommandId: commandId,
      InstanceIds: instanceIds,
    }),
  );
}

async function isAlive(pid: string): Promise<boolean> {
  // A zombie is dead: it has no command line.
  return (await readFile(`/proc/${pid}/cmdline`).catch(() => "")).length > 0;
}

describe("timeouts", () => {
  test("executionTimeout is TimedOut with 137, kills the group without TERM, and keeps the output so far", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    const commandId = await send(
      aws,
      [
        "trap 'echo term >>trapped' TERM",
        "echo so far",
        "sleep 1000 & echo $! >pid",
        "wait",
      ],
      { Parameters: { executionTimeout: ["5"] } },
    );
    const child = await written(aws, "pid");
    clock.advance(4_999);
    expect((await read(aws, commandId)).Status).toBe("InProgress");
    clock.advance(1);
    expect(await finished(aws, commandId)).toMatchObject({
      Status: "TimedOut",
      StatusDetails: "ExecutionTimedOut",
      ResponseCode: 137,
      StandardOutputContent: "so far\n",
      StandardErrorContent: "",
    });
    await until(async () => !(await isAlive(child)));
    expect((await run(aws, "[ -e trapped ]")).ResponseCode).toBe(1);
  });

  test.each(["4", "172801"])(
    "an executionTimeout of %s is 3,600 s",
    async (seconds) => {
      const clock = handClock();
      await using aws = await startLocalAws({ nodes: 1, clock });
      const commandId = await send(aws, ["echo >up; sleep 1000"], {
        Parameters: { executionTimeout: [seconds] },
      });
      await until(() =>
        readFile(join(homeOf(aws), "up")).then(
          () => true,
          () => false,
        ),
      );
      clock.advance(3_599_000);
      expect((await read(aws, commandId)).Status).toBe("InProgress");
      clock.advance(1_000);
      expect((await finished(aws, commandId)).Status).toBe("TimedOut");
    },
  );

  test("a background child that holds stdout delays the end, until the timeout says TimedOut though the script succeeded", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    const commandId = await send(
      aws,
      ["sleep 1000 & echo $! >pid; echo done"],
      {
        Parameters: { executionTimeout: ["60"] },
      },
    );
    await written(aws, "pid");
    expect((await read(aws, commandId)).Status).toBe("InProgress");
    clock.advance(60_000);
    expect(await finished(aws, commandId)).toMatchObject({
      Status: "TimedOut",
      ResponseCode: 137,
      StandardOutputContent: "done\n",
    });
  });

  test("a background child that let go of both streams delays nothing", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    expect(
      await run(aws, "sleep 1000 >/dev/null 2>&1 & echo done"),
    ).toMatchObject({ Status: "Success", StandardOutputContent: "done\n" });
  });
});

describe("cancel", () => {
  test("of a running command kills its group, is Cancelled with 137, and keeps the output; setsid children survive", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const commandId = await send(aws, [
      "echo so far",
      "setsid sh -c 'echo $$ >left; exec sleep 1000' &",
      "sleep 1000 & echo $! >stayed",
      "wait",
    ]);
    const left = await written(aws, "left");
    const stayed = await written(aws, "stayed");
    await cancel(aws, commandId);
    expect(await finished(aws, commandId)).toMatchObject({
      Status: "Cancelled",
      StatusDetails: "Cancelled",
      ResponseCode: 137,
      StandardOutputContent: "so far\n",
      StandardErrorContent: "",
    });
    await until(async () => !(await isAlive(stayed)));
    expect(await isAlive(left)).toBe(true);
    await aws.close();
    expect(await isAlive(left)).toBe(false);
  });

  test("of one node leaves the others alone", async () => {
    await using aws = await startLocalAws({ nodes: 2 });
    const [first, second] = aws.instanceIds;
    const commandId = await send(
      aws,
      ["until [ -e go ]; do sleep 0.01; done"],
      {
        InstanceIds: aws.instanceIds,
      },
    );
    await cancel(aws, commandId, aws.instanceIds.slice(0, 1));
    expect((await finished(aws, commandId, first)).Status).toBe("Cancelled");
    expect((await read(aws, commandId, second)).Status).toBe("InProgress");
    await finished(
      aws,
      await send(aws, ["touch go"], { InstanceIds: aws.instanceIds.slice(1) }),
      second,
    );
    expect((await finished(aws, commandId, second)).Status).toBe("Success");
  });

  test("that comes while the agent makes the script's pipes lets nothing begin", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bridge-cancel-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const cancelling = new AbortController();
    const pipes = createPipes(join(folder, "pipes"));
    const end = await runScript(
      {
        program: "/bin/sh",
        args: ["sh", "-c", "touch began"],
        cwd: folder,
        env: {},
        stdoutFile: join(folder, "stdout"),
        stderrFile: join(folder, "stderr"),
        timeoutMs: 10_000,
        cancel: cancelling.signal,
      },
      {
        pipes: {
          open: async () => {
            const pipe = await pipes.open();
            cancelling.abort();
            return pipe;
          },
        },
        clock: handClock(),
      },
    );
    expect(end).toEqual({ kind: "cancelled", responseCode: 1 });
    expect(await readdir(folder)).not.toContain("began");
  });

  test("of a finished command does nothing", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const { CommandId = "" } = await run(aws, "exit 3");
    await cancel(aws, CommandId);
    expect(await read(aws, CommandId)).toMatchObject({
      Status: "Failed",
      ResponseCode: 3,
    });
  });

  test("of a command that no node has taken yet is Cancelled", async () => {
    await using aws = await startLocalAws({ nodes: [{ state: "offline" }] });
    const commandId = await send(aws, ["true"]);
    await cancel(aws, commandId);
    expect(await read(aws, commandId)).toMatchObject({
      Status: "Cancelled",
      ResponseCode: -1,
    });
  });

  test("of an unknown command is InvalidCommandId", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    await expect(
      cancel(aws, "00000000-0000-4000-8000-000000000000"),
    ).rejects.toMatchObject({ name: "InvalidCommandId" });
  });
});

describe("concurrency", () => {
  const holder =
    "echo $SSM_COMMAND_ID >>started; until [ -e go ]; do sleep 0.01; done";

  async function sendMany(aws: LocalAws, count: number): Promise<string[]> {
    const commandIds: string[] = [];
    for (let i = 0; i < count; i++) commandIds.push(await send(aws, [holder]));
    return commandIds;
  }

  test("five run at once, five wait and are already InProgress, the rest are delivered later", async () => {
    await using aws = await startLocalAws({ nodes: 2 });
    const commandIds = await sendMany(aws, 12);
    const started = join(homeOf(aws), "started");
    const count = async (): Promise<number> =>
      (await readFile(started, "utf8").catch(() => "")).split("\n").length - 1;
    await until(async () => (await count()) === 5);
    const statuses = await Promise.all(
      commandIds.map(async (id) => (await read(aws, id)).Status),
    );
    expect(statuses).toEqual([
      ...Array.from({ length: 10 }, () => "InProgress"),
      "Pending",
      "Pending",
    ]);
    expect(await count()).toBe(5);
    // The node has no room, so the file that ends the waiting is not made by a command.
    await writeFile(join(homeOf(aws), "go"), "");
    for (const id of commandIds)
      expect((await finished(aws, id)).Status).toBe("Success");
    expect(await count()).toBe(12);
  });

  test("a queued command that is cancelled is dropped without a reply, and stays Cancelling for ever", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const commandIds = await sendMany(aws, 6);
    const queued = commandIds.at(-1) ?? "";
    await cancel(aws, queued);
    expect(await read(aws, queued)).toMatchObject({
      Status: "Cancelling",
      StatusDetails: "Cancelling",
      ResponseCode: -1,
    });
    await writeFile(join(homeOf(aws), "go"), "");
    for (const id of commandIds.slice(0, 5)) await finished(aws, id);
    expect((await run(aws, `grep -c ${queued} started`)).ResponseCode).toBe(1);
    expect((await read(aws, queued)).Status).toBe("Cancelling");
  });
});

describe("delivery", () => {
  test("a node that is offline gets the command when it comes back", async () => {
    await using aws = await startLocalAws({ nodes: [{ state: "offline" }] });
    const commandId = await send(aws, ["echo late"]);
    expect(await read(aws, commandId)).toMatchObject({
      Status: "Pending",
      StatusDetails: "Pending",
    });
    aws.nodes.get(aws.instanceIds[0] ?? "")?.goOnline();
    expect((await finished(aws, commandId)).StandardOutputContent).toBe(
      "late\n",
    );
  });

  test("after TimeoutSeconds it is TimedOut, DeliveryTimedOut, and never runs", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({
      nodes: [{ state: "offline" }],
      clock,
    });
    const commandId = await send(aws, ["touch ran"], { TimeoutSeconds: 30 });
    clock.advance(29_999);
    expect((await read(aws, commandId)).Status).toBe("Pending");
    clock.advance(1);
    expect(await read(aws, commandId)).toMatchObject({
      Status: "TimedOut",
      StatusDetails: "DeliveryTimedOut",
      ResponseCode: -1,
    });
    aws.nodes.get(aws.instanceIds[0] ?? "")?.goOnline();
    expect((await run(aws, "[ -e ran ]")).ResponseCode).toBe(1);
  });

  test("an answer of a node that lost its connection arrives when it is back", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const node = aws.nodes.get(aws.instanceIds[0] ?? "");
    const commandId = await send(aws, [
      "echo >up; until [ -e go ]; do sleep 0.01; done",
    ]);
    await written(aws, "up").catch(() => "");
    node?.goOffline();
    await writeFile(join(homeOf(aws), "go"), "");
    expect((await read(aws, commandId)).Status).toBe("InProgress");
    node?.goOnline();
    expect((await finished(aws, commandId)).Status).toBe("Success");
  });

  test("a node that is terminated while a command waits for it makes it Undeliverable, and later sends fail", async () => {
    await using aws = await startLocalAws({ nodes: [{ state: "offline" }] });
    const commandId = await send(aws, ["true"]);
    await aws.nodes.get(aws.instanceIds[0] ?? "")?.terminate();
    expect(await read(aws, commandId)).toMatchObject({
      Status: "Failed",
      StatusDetails: "Undeliverable",
    });
    await expect(send(aws, ["true"])).rejects.toMatchObject({
      name: "InvalidInstanceId",
    });
  });

  test("a node that is terminated under a running command kills it and never answers", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const commandId = await send(aws, ["echo $$ >pid; exec sleep 1000"]);
    const pid = await written(aws, "pid");
    await aws.nodes.get(aws.instanceIds[0] ?? "")?.terminate();
    expect(await isAlive(pid)).toBe(false);
    expect((await read(aws, commandId)).Status).toBe("InProgress");
  });
});

describe("closing", () => {
  test("ends what runs, and what left its group and its streams", async () => {
    const aws = await startLocalAws({ nodes: 1 });
    await send(aws, [
      'setsid env -u TMPDIR sh -c \'cd /; echo $$ >"$1"; exec sleep 1000\' sh "$PWD/away" >/dev/null 2>&1 &',
      "echo $$ >here; exec sleep 1000",
    ]);
    const pids = [await written(aws, "away"), await written(aws, "here")];
    expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
    await aws.close();
    expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
  });
});
