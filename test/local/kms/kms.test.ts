import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { startLocalAws, type LocalAws } from "../../../src/local/local-aws.ts";
import type {
  PolicyDocument,
  PolicyStatement,
} from "../../../src/local/protocol.ts";

const account = "111122223333";
const arn = `arn:aws:kms:us-east-1:${account}:key/1234`;
const user = `arn:aws:iam::${account}:user/rundeck`;
const root = `arn:aws:iam::${account}:root`;
const keys = { accessKeyId: "AKIARUNDECK", secretAccessKey: "secret" };

const allow = (
  Action: PolicyStatement["Action"],
  principal?: string,
): PolicyDocument => ({
  Statement: {
    Effect: "Allow",
    Action,
    Resource: "*",
    ...(principal === undefined ? {} : { Principal: { AWS: principal } }),
  },
});
const both = (a: PolicyDocument, b: PolicyDocument): PolicyDocument => ({
  Statement: [a, b].flatMap(({ Statement }) => Statement),
});

/** A user who may use S3 and what `own` says, a key with its policy, and a bucket that it encrypts. */
async function open(own: PolicyDocument[], policy: PolicyDocument) {
  const local = await startLocalAws({ nodes: 0, account });
  local.keys.add(arn, policy);
  local.s3.createBucket("locked", { defaultKmsKey: arn });
  local.identities.add({
    ...keys,
    arn: user,
    account,
    policies: [allow("s3:*"), ...own],
  });
  return local;
}

function clientOf(local: LocalAws): S3Client {
  return new S3Client({
    endpoint: local.endpoint,
    region: local.region,
    credentials: keys,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}
const at = { Bucket: "locked", Key: "k" };
const put = (local: LocalAws) =>
  clientOf(local).send(new PutObjectCommand({ ...at, Body: "x" }));
const manage = allow("kms:*Policy", root);

describe("an object that a key of KMS encrypts", () => {
  it("is put by kms:GenerateDataKey, and read by kms:Decrypt", async () => {
    await using local = await open(
      [allow("kms:GenerateDataKey")],
      allow("kms:*", root),
    );
    await put(local);
    await expect(
      clientOf(local).send(new GetObjectCommand(at)),
    ).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining(`kms:Decrypt on resource: ${arn}`),
    });
  });

  it("in parts needs kms:Decrypt, too", async () => {
    await using local = await open(
      [allow("kms:GenerateDataKey")],
      allow("kms:*", root),
    );
    const client = clientOf(local);
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand(at),
    );
    const part = { ...at, UploadId, PartNumber: 1, Body: "x" };
    await expect(
      client.send(new UploadPartCommand(part)),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("a key's policy", () => {
  it("decides alone, where it does not leave it to the account's own", async () => {
    await using local = await open([allow("kms:*")], manage);
    await expect(put(local)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("suffices where it names the caller", async () => {
    const named = both(manage, allow("kms:GenerateDataKey", user));
    await using local = await open([], named);
    expect(await put(local)).toMatchObject({ SSEKMSKeyId: arn });
  });

  it("may not shut out everybody", async () => {
    await expect(
      open([], allow("kms:GenerateDataKey", user)),
    ).rejects.toMatchObject({ code: "MalformedPolicyDocumentException" });
  });
});
