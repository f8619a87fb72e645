import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { systemLocalClock } from "../../../src/local/clock.ts";

/** One raw request for the caller's identity: STS answers it at once, unless a fault steps in. */
const ask = (aws: LocalAws, signal?: AbortSignal) =>
  fetch(`${aws.endpoint}/`, {
    method: "POST",
    body: "Action=GetCallerIdentity&Version=2011-06-15",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    ...(signal ? { signal } : {}),
  });

const openS3 = ({ endpoint, region }: LocalAws) =>
  new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
  });

test("an answer can be another server's page", async () => {
  await using aws = await startLocalAws({ nodes: 0 });
  aws.faults.add({ kind: "foreign", status: 403, times: 1 });
  const answer = await ask(aws);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([
    403,
    "text/html",
  ]);
  expect((await ask(aws)).status).toBe(200);
});

test("an answer can stay away, while the connection stays", async () => {
  await using aws = await startLocalAws({ nodes: 0 });
  const fault = aws.faults.add({ kind: "silent", when: "before" });
  const giveUp = new AbortController();
  const asked = ask(aws, giveUp.signal);
  await expect.poll(() => fault.hits).toBe(1);
  giveUp.abort();
  await expect(asked).rejects.toThrow(/abort/);
  expect(aws.requests.at(-1)).toMatchObject({ outcome: "silent" });
});

test("an answer can break off in its middle", async () => {
  await using aws = await startLocalAws({ nodes: 0 });
  aws.faults.add({ kind: "cut" });
  const answer = await ask(aws);
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow(/terminated|aborted/);
});

test("an object can be altered on its way, and be cut", async () => {
  await using aws = await startLocalAws({ nodes: 0, bucket: "bucket" });
  const s3 = openS3(aws);
  const at = { Bucket: "bucket", Key: "key" };
  await s3.send(new PutObjectCommand({ ...at, Body: "abcdef" }));
  aws.faults.add({ kind: "altered", operation: "GetObject", times: 1 });
  const read = async () => {
    const { Body } = await s3.send(new GetObjectCommand(at));
    return Body?.transformToString();
  };
  const altered = s3.send(new GetObjectCommand(at));
  // the SDK compares the checksum that came with the object
  await expect(
    altered.then(({ Body }) => Body?.transformToString()),
  ).rejects.toThrow(/[Cc]hecksum/);
  aws.faults.add({ kind: "cut", operation: "GetObject", times: 1 });
  await expect(read()).rejects.toThrow(/terminated|aborted/);
  expect(await read()).toBe("abcdef");
});

test("a fault can last for a while from its first time", async () => {
  let nowMs = Date.parse("2026-01-31T12:00:00Z");
  const clock = { ...systemLocalClock(), now: () => nowMs };
  await using aws = await startLocalAws({ nodes: 0, clock });
  aws.faults.add({ kind: "foreign", status: 502, forMs: 60_000 });
  const statuses = [];
  for (const passesMs of [0, 59_999, 1]) {
    nowMs += passesMs;
    statuses.push((await ask(aws)).status);
  }
  expect(statuses).toEqual([502, 502, 200]);
});

test("the local AWS tells its own time", async () => {
  const clock = {
    ...systemLocalClock(),
    now: () => Date.parse("2026-01-31T12:00:00Z"),
  };
  await using aws = await startLocalAws({ nodes: 0, clock });
  expect((await ask(aws)).headers.get("date")).toBe(
    "Sat, 31 Jan 2026 12:00:00 GMT",
  );
});
