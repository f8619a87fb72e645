import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openObjects } from "../../src/aws/objects.ts";
import { discardObject } from "../../src/exec/discard-object.ts";
import { fakeClock } from "../support/clock.ts";
import { call, clientOptions, never, subject } from "../support/ports.ts";

const s3 = mockClient(S3Client);
beforeEach(() => s3.reset());
afterAll(() => s3.restore());

function refusal(name: string, httpStatusCode: number) {
  return new S3ServiceException({
    name,
    message: "text of AWS",
    $fault: "client",
    $metadata: { httpStatusCode },
  });
}

const open = () =>
  openObjects(
    clientOptions,
    { bucket: "b", setting: "ssm-copier-bucket" },
    fakeClock(),
  );
const body = Buffer.from("content");
const removals = () =>
  s3.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input);
const at = { Bucket: "b", Key: "k" };

/** Discards what is at k; answers the notes. */
async function discard(objects: ReturnType<typeof open>): Promise<string[]> {
  const notes: string[] = [];
  const ports = {
    clock: fakeClock(),
    random: () => 0.5,
    log: { note: (text: string) => void notes.push(text) },
    subject,
  };
  const object = { objects, bucket: "b", key: "k", holds: "the file" };
  await discardObject(ports, object, never);
  return notes;
}

/** Source: S3 User Guide, "Working with objects in a versioning-enabled bucket", and "… versioning-suspended …". */
describe("an object of a versioned bucket", () => {
  it("is removed by its version, of which nothing stays", async () => {
    s3.on(PutObjectCommand).resolves({ VersionId: "v1" });
    s3.on(DeleteObjectCommand).resolves({ VersionId: "v1" });
    const objects = open();
    await objects.put("k", body, call);
    expect(await discard(objects)).toEqual([]);
    expect(removals()).toEqual([{ ...at, VersionId: "v1" }]);
  });

  it("is hidden and told of where a put's answer was lost, whose version nobody knows", async () => {
    s3.on(PutObjectCommand)
      .rejectsOnce(refusal("InternalError", 500))
      .resolves({ VersionId: "v2" });
    s3.on(DeleteObjectCommand).resolves({ VersionId: "marker" });
    const objects = open();
    await expect(objects.put("k", body, call)).rejects.toMatchObject({
      code: "aws-failing",
    });
    await objects.put("k", body, call);
    expect(await discard(objects)).toEqual([
      expect.stringMatching(/bucket b is versioned.* k may still hold/),
    ]);
    expect(removals()).toEqual([{ ...at, VersionId: "v2" }, at]);
  });

  it("is told of where it may only be overwritten", async () => {
    s3.on(PutObjectCommand).resolves({ VersionId: "v1" });
    s3.on(DeleteObjectCommand).rejects(refusal("AccessDenied", 403));
    const objects = open();
    await objects.put("k", body, call);
    expect(await discard(objects)).toEqual([
      expect.stringMatching(/bucket b is versioned/),
    ]);
  });

  it("is removed by the version that was read, which a node has put", async () => {
    s3.on(PutObjectCommand).resolves({ VersionId: "v1" });
    s3.on(GetObjectCommand).resolves({ VersionId: "v2" });
    s3.on(DeleteObjectCommand).resolves({});
    const objects = open();
    await objects.put("k", Buffer.alloc(0), call);
    await objects.read("k", call);
    expect(await discard(objects)).toEqual([]);
    expect(removals()).toEqual([
      { ...at, VersionId: "v1" },
      { ...at, VersionId: "v2" },
    ]);
  });

  it.each(["removed", "overwritten"])(
    "stays nowhere when it is %s while versioning is suspended",
    async (how) => {
      s3.on(PutObjectCommand).resolves({ VersionId: "null" });
      if (how === "removed")
        s3.on(DeleteObjectCommand).resolves({ VersionId: "null" });
      else s3.on(DeleteObjectCommand).rejects(refusal("AccessDenied", 403));
      const objects = open();
      await objects.put("k", body, call);
      expect(await discard(objects)).toEqual([]);
    },
  );
});
