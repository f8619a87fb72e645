import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startLocalAws, type LocalAws } from "../../../src/local/local-aws.ts";
import { batchEvents } from "../../../src/local/node/log-events.ts";
import { handClock, type HandClock } from "../support/clock.ts";
import { finished, read, run, send, until } from "../support/client.ts";

const group = "/local/test";
const config = {
  CloudWatchOutputConfig: {
    CloudWatchOutputEnabled: true,
    CloudWatchLogGroupName: group,
  },
};

function messages(aws: LocalAws, commandId = "", stream = "stdout"): string[] {
  const name = `${commandId}/${aws.instanceIds[0]}/aws-runShellScript/${stream}`;
  return aws.logs.eventsOf(group, name).map(({ message }) => message);
}

function homeOf(aws: LocalAws): string {
  return aws.nodes.get(aws.instanceIds[0] ?? "")?.folder ?? "";
}

/** Lets time pass in steps until the command has ended; answers how many milliseconds that took after `from`. */
async function crankToEnd(
  aws: LocalAws,
  clock: HandClock,
  commandId: string,
): Promise<number> {
  const fromMs = clock.now();
  while ((await read(aws, commandId)).Status === "InProgress")
    clock.advance(100);
  return clock.now() - fromMs;
}

/** Waits until the node has nothing left to do but wait for its time. */
async function settled(
  aws: LocalAws,
  clock: HandClock,
  file: string,
): Promise<void> {
  await until(() =>
    readFile(join(homeOf(aws), file)).then(
      () => true,
      () => false,
    ),
  );
  await until(() => clock.pending > 0);
}

function operations(aws: LocalAws): string[] {
  return aws.requests
    .filter((it) => it.service === "logs")
    .map((it) => it.operation);
}

/** A line of so many bytes, its newline included. */
function line(bytes: number): string {
  return `${"x".repeat(bytes - 1)}\n`;
}

describe("CloudWatch output", () => {
  test("goes to a stream for each of stdout and stderr that had output, and the sentence is in stderr's", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      // one tick in the middle of the command would make two events of its stderr
      timings: { logTickMs: 60_000, logSettleMs: 0 },
    });
    const { CommandId } = await run(
      aws,
      "echo out; echo err >&2; exit 3",
      config,
    );
    expect(messages(aws, CommandId, "stdout")).toEqual(["out"]);
    expect(messages(aws, CommandId, "stderr")).toEqual([
      "err\nfailed to run commands: exit status 3",
    ]);
    const silent = await run(aws, "true", config);
    expect(messages(aws, silent.CommandId)).toEqual([]);
  });

  test("calls CreateLogGroup always, and for a stream CreateLogStream, DescribeLogStreams, PutLogEvents", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      timings: { logSettleMs: 0 },
    });
    await run(aws, "true", config);
    expect(operations(aws)).toEqual(["CreateLogGroup"]);
    await run(aws, "echo out", config);
    expect(operations(aws).slice(1)).toEqual([
      "CreateLogGroup",
      "CreateLogStream",
      "DescribeLogStreams",
      "PutLogEvents",
    ]);
  });

  test("the default group is named after the document", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      timings: { logSettleMs: 0 },
    });
    const { CommandId } = await run(aws, "echo out", {
      CloudWatchOutputConfig: { CloudWatchOutputEnabled: true },
    });
    const name = `${CommandId}/${aws.instanceIds[0]}/aws-runShellScript/stdout`;
    expect(aws.logs.eventsOf("/aws/ssm/AWS-RunShellScript", name)).toHaveLength(
      1,
    );
  });

  test("each second sends one event with all whole lines since the last; a partial line waits for its newline", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    const commandId = await send(
      aws,
      [
        "touch feed; (while [ ! -e go ]; do sleep 0.01; done; kill $(cat tail)) & tail -f feed & echo $! >tail; touch up; wait",
      ],
      config,
    );
    await settled(aws, clock, "up");
    const stdout = join(
      homeOf(aws),
      `var/lib/amazon/ssm/${aws.instanceIds[0]}/document/orchestration/${commandId}/awsrunShellScript/0.awsrunShellScript/stdout`,
    );
    const print = async (text: string): Promise<void> => {
      await appendFile(join(homeOf(aws), "feed"), text);
      await until(() =>
        readFile(stdout, "utf8").then((all) => all.endsWith(text)),
      );
    };
    await print("one\r\ntwo\npart");
    clock.advance(999);
    expect(messages(aws, commandId)).toEqual([]);
    clock.advance(1);
    await until(() => messages(aws, commandId).length === 1);
    expect(messages(aws, commandId)).toEqual(["one\ntwo\n"]);
    await print("ial\n\u001b[1mthree\nrest\n");
    await until(() => clock.pending > 2);
    clock.advance(1_000);
    await until(() => messages(aws, commandId).length === 2);
    expect(messages(aws, commandId)[1]).toBe("partial\n\u001b[1mthree\nrest\n");
    await writeFile(join(homeOf(aws), "go"), "");
    await crankToEnd(aws, clock, commandId);
  });

  test.each([
    { script: "true", waitMs: 0 },
    { script: "echo out", waitMs: 2_000 },
    { script: "echo err >&2", waitMs: 2_000 },
    { script: "echo out; echo err >&2", waitMs: 4_000 },
  ])("adds $waitMs ms to `$script`", async ({ script, waitMs }) => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    const commandId = await send(aws, [script], config);
    // The waits after the end are the only ones of that length.
    let waitedMs = 0;
    while ((await read(aws, commandId)).Status === "InProgress") {
      if (clock.waits(2_000) > 0) {
        clock.advance(2_000);
        waitedMs += 2_000;
      }
    }
    expect(waitedMs).toBe(waitMs);
  });

  test("a last burst that is only a newline adds 60 s", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    const commandId = await send(aws, ["echo"], config);
    await until(() => clock.waits(60_000) > 0);
    clock.advance(59_999);
    expect((await read(aws, commandId)).Status).toBe("InProgress");
    clock.advance(1);
    expect((await finished(aws, commandId)).Status).toBe("Success");
  });

  test("CreateLogGroup denied and no group: no CloudWatch, and a silent Success", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    aws.faults.deniedActions.add("logs:CreateLogGroup");
    const result = await run(aws, "echo out", config);
    expect(result).toMatchObject({
      Status: "Success",
      StandardOutputContent: "out\n",
      StandardErrorContent: "",
    });
    expect(messages(aws, result.CommandId)).toEqual([]);
  });

  test("CreateLogGroup denied but the group there: output as ever", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      logGroup: group,
      timings: { logSettleMs: 0 },
    });
    aws.faults.deniedActions.add("logs:CreateLogGroup");
    const result = await run(aws, "echo out", config);
    expect(messages(aws, result.CommandId)).toEqual(["out"]);
  });

  test.each(["logs:CreateLogStream", "logs:PutLogEvents"])(
    "%s denied: InProgress 60 s longer, then Success",
    async (action) => {
      const clock = handClock();
      await using aws = await startLocalAws({ nodes: 1, clock });
      aws.faults.deniedActions.add(action);
      const commandId = await send(aws, ["echo out"], config);
      await until(() => clock.waits(60_000) > 0);
      expect((await read(aws, commandId)).Status).toBe("InProgress");
      clock.advance(60_000);
      expect(await finished(aws, commandId)).toMatchObject({
        Status: "Success",
        StandardOutputContent: "out\n",
      });
    },
  );
});

describe("events", () => {
  test("hold at most 200,000 bytes of whole lines, and four go in a call", () => {
    const unsent = Buffer.from(line(60_000).repeat(20));
    const { messages: sent, consumedBytes } = batchEvents(unsent, "running");
    expect(sent.map((it) => it.length)).toEqual([
      180_000, 180_000, 180_000, 180_000,
    ]);
    expect(consumedBytes).toBe(720_000);
  });

  test("split a line that is longer at 200,000 bytes", () => {
    const unsent = Buffer.from(line(450_000));
    expect(
      batchEvents(unsent, "running").messages.map((it) => it.length),
    ).toEqual([200_000, 200_000, 50_000]);
  });

  test("after the end each loses its last newline, and an unfinished line goes too", () => {
    const unsent = Buffer.from(line(150_000).repeat(2) + "rest");
    const { messages: sent } = batchEvents(unsent, "ended");
    expect(sent.map((it) => it.length)).toEqual([149_999, 150_004]);
    expect(batchEvents(Buffer.from("a\nb\n"), "ended").messages).toEqual([
      "a\nb",
    ]);
  });

  test("an unfinished line of less than 200,000 bytes waits while the script runs", () => {
    expect(batchEvents(Buffer.from("part"), "running")).toEqual({
      messages: [],
      consumedBytes: 0,
    });
  });
});

describe("S3 output", () => {
  const s3 = {
    OutputS3BucketName: "output-bucket",
    OutputS3KeyPrefix: "some/where",
  };

  test("is uploaded at the end under the prefix, only what is not empty", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      bucket: "output-bucket",
    });
    const result = await run(aws, "echo out", s3);
    const key = `some/where/${result.CommandId}/${aws.instanceIds[0]}/awsrunShellScript/0.awsrunShellScript/stdout`;
    expect(aws.s3.keysOf("output-bucket")).toEqual([key]);
    expect((await aws.s3.contentOf("output-bucket", key))?.toString()).toBe(
      "out\n",
    );
    expect(result.StandardOutputUrl).toBe(
      `https://s3.us-east-1.amazonaws.com/output-bucket/${key}`,
    );
  });

  test("to a missing bucket takes 7 s longer and never shows in the result", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    const commandId = await send(aws, ["echo out"], s3);
    await until(() => clock.waits(7_000) > 0);
    expect((await read(aws, commandId)).Status).toBe("InProgress");
    clock.advance(7_000);
    expect(await finished(aws, commandId)).toMatchObject({
      Status: "Success",
      StandardOutputContent: "out\n",
    });
  });

  test("is denied by the node's role without a word", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      bucket: "output-bucket",
    });
    const node = aws.nodes.get(aws.instanceIds[0] ?? "");
    if (node) node.role.policies = [];
    expect((await run(aws, "echo out", s3)).Status).toBe("Success");
    expect(aws.s3.keysOf("output-bucket")).toEqual([]);
  });
});
