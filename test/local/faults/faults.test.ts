import {
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { handClock } from "../support/clock.ts";
import {
  finished,
  openClient,
  read,
  run,
  send,
  until,
} from "../support/client.ts";
import { ListCommandsCommand } from "@aws-sdk/client-ssm";

async function commandCount(aws: LocalAws): Promise<number | undefined> {
  const { Commands } = await openClient(aws).send(new ListCommandsCommand({}));
  return Commands?.length;
}

describe("faults of a test's choice", () => {
  test("an operation is throttled as often as ordered, and nothing else is", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const fault = aws.faults.throttle("SendCommand", 2);
    for (let i = 0; i < 2; i++)
      await expect(send(aws, ["true"])).rejects.toMatchObject({
        name: "ThrottlingException",
        message: "Rate exceeded",
        $metadata: { httpStatusCode: 400 },
      });
    expect((await run(aws, "true")).Status).toBe("Success");
    expect(fault.hits).toBe(2);
  });

  test("a fault can spare the first requests, concern one node, and be taken back", async () => {
    await using aws = await startLocalAws({ nodes: 2 });
    const fault = aws.faults.add({
      kind: "error",
      code: "InternalServerError",
      status: 500,
      operation: "GetCommandInvocation",
      instanceId: aws.instanceIds[1] ?? "",
      skip: 1,
    });
    const commandId = await send(aws, ["true"], {
      InstanceIds: aws.instanceIds,
    });
    await finished(aws, commandId);
    await read(aws, commandId, aws.instanceIds[1]);
    await expect(
      read(aws, commandId, aws.instanceIds[1]),
    ).rejects.toMatchObject({
      name: "InternalServerError",
      $metadata: { httpStatusCode: 500 },
    });
    fault.remove();
    await read(aws, commandId, aws.instanceIds[1]);
  });

  test("an answer lost before the effect: the command was never sent", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    aws.faults.add({
      kind: "lost",
      when: "before",
      operation: "SendCommand",
      times: 1,
    });
    await expect(send(aws, ["true"])).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(await commandCount(aws)).toBe(0);
  });

  test("an answer lost after the effect: the command runs, and nobody was told its id", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    aws.faults.add({
      kind: "lost",
      when: "after",
      operation: "SendCommand",
      times: 1,
    });
    await expect(send(aws, ["true"])).rejects.toMatchObject({
      code: "ECONNRESET",
    });
    expect(await commandCount(aws)).toBe(1);
    expect(aws.requests[0]).toMatchObject({
      operation: "SendCommand",
      outcome: "lost",
    });
  });

  test("a 500 after the effect: the command runs all the same", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    aws.faults.add({
      kind: "error",
      code: "InternalServerError",
      status: 500,
      when: "after",
      operation: "SendCommand",
      times: 1,
    });
    await expect(send(aws, ["true"])).rejects.toMatchObject({
      name: "InternalServerError",
    });
    expect(await commandCount(aws)).toBe(1);
  });

  test("a late answer waits, its effect does not", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    aws.faults.add({ kind: "delay", ms: 30_000, operation: "SendCommand" });
    const sending = send(aws, ["true"]);
    await until(() => clock.waits(30_000) > 0);
    expect(await commandCount(aws)).toBe(1);
    clock.advance(30_000);
    expect(await sending).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("a malformed answer cannot be parsed", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    aws.faults.add({ kind: "malformed", operation: "SendCommand" });
    await expect(send(aws, ["true"])).rejects.toMatchObject({
      name: "SyntaxError",
    });
  });

  test("just after a send the invocation does not exist yet, and the lists lag", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 1, clock });
    aws.faults.visibility.invocationsAfterMs = 1_000;
    aws.faults.visibility.listsAfterMs = 2_000;
    const commandId = await send(aws, ["true"]);
    await expect(read(aws, commandId)).rejects.toMatchObject({
      name: "InvocationDoesNotExist",
    });
    clock.advance(1_000);
    await read(aws, commandId);
    expect(await commandCount(aws)).toBe(0);
    clock.advance(1_000);
    expect(await commandCount(aws)).toBe(1);
  });

  test("a denied action is AccessDeniedException with AWS's sentence", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    aws.faults.deniedActions.add("ssm:SendCommand");
    await expect(send(aws, ["true"])).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(
        /^User: arn:aws:iam::111122223333:user\/anybody is not authorized to perform: ssm:SendCommand on resource: arn:aws:ssm:us-east-1::document\/AWS-RunShellScript /,
      ),
    });
  });

  test("S3 answers in its own words: SlowDown, and a PUT whose answer is lost has happened", async () => {
    await using aws = await startLocalAws({ nodes: 1, bucket: "files" });
    const s3 = new S3Client({
      endpoint: aws.endpoint,
      region: aws.region,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: "AKIAANYBODY", secretAccessKey: "any" },
    });
    aws.faults.throttle("ListObjectsV2", 1);
    await expect(
      s3.send(new ListObjectsV2Command({ Bucket: "files" })),
    ).rejects.toMatchObject({
      name: "SlowDown",
      $metadata: { httpStatusCode: 503 },
    });
    aws.faults.add({ kind: "lost", when: "after", operation: "PutObject" });
    await expect(
      s3.send(new PutObjectCommand({ Bucket: "files", Key: "k", Body: "b" })),
    ).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(aws.s3.keysOf("files")).toEqual(["k"]);
  });
});

describe("a request rate", () => {
  test("over the limit is throttled for that operation alone, until time has passed", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({
      nodes: 1,
      clock,
      requestsPerSecond: 2,
    });
    await commandCount(aws);
    await commandCount(aws);
    await expect(commandCount(aws)).rejects.toMatchObject({
      name: "ThrottlingException",
    });
    await send(aws, ["true"]);
    clock.advance(500);
    expect(await commandCount(aws)).toBe(1);
    await expect(commandCount(aws)).rejects.toMatchObject({
      name: "ThrottlingException",
    });
  });
});

describe("the record of requests", () => {
  test("has service, operation, key, time, input and outcome of each", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    await expect(
      send(aws, ["true"], { DocumentName: "No-Such" }),
    ).rejects.toThrow("No-Such");
    expect(aws.requests).toEqual([
      {
        service: "ssm",
        operation: "SendCommand",
        accessKeyId: "AKIAANYBODY",
        verified: false,
        atMs: expect.any(Number),
        region: "us-east-1",
        input: expect.objectContaining({ DocumentName: "No-Such" }),
        outcome: "InvalidDocument",
      },
    ]);
  });
});
