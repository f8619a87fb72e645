import {
  CompleteMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveS3, type ServedS3 } from "./serve.ts";

let served: ServedS3;
let client: S3Client;
const plain = { Bucket: "plain" };
const set = { Bucket: "set" };

beforeAll(async () => {
  served = await serveS3();
  served.s3.createBucket("plain");
  served.s3.createBucket("set", {
    versioning: "Enabled",
    defaultKmsKey: "1234",
    lifecycle: [
      { prefix: "rundeck/", expirationDays: 1, abortUploadsDays: 2 },
      { id: "old", status: "Disabled", noncurrentDays: 3 },
    ],
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: true,
    },
  });
  client = served.client();
});
afterAll(async () => served[Symbol.asyncDispose]());

// Expected: S3 API reference, the examples of each operation.
describe("a bucket's configuration", () => {
  it("where nobody has set it: no versioning, S3's own keys, and two that are not there", async () => {
    const { Status } = await client.send(new GetBucketVersioningCommand(plain));
    expect(Status).toBeUndefined();
    const { ServerSideEncryptionConfiguration: encryption } = await client.send(
      new GetBucketEncryptionCommand(plain),
    );
    expect(encryption?.Rules).toEqual([
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
        BucketKeyEnabled: false,
      },
    ]);
    await expect(
      client.send(new GetBucketLifecycleConfigurationCommand(plain)),
    ).rejects.toMatchObject({ name: "NoSuchLifecycleConfiguration" });
    await expect(
      client.send(new GetPublicAccessBlockCommand(plain)),
    ).rejects.toMatchObject({ name: "NoSuchPublicAccessBlockConfiguration" });
  });

  it("as it was set", async () => {
    const { Status } = await client.send(new GetBucketVersioningCommand(set));
    expect(Status).toBe("Enabled");
    const { ServerSideEncryptionConfiguration: encryption } = await client.send(
      new GetBucketEncryptionCommand(set),
    );
    expect(
      encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault,
    ).toMatchObject({ SSEAlgorithm: "aws:kms", KMSMasterKeyID: "1234" });
    const { Rules } = await client.send(
      new GetBucketLifecycleConfigurationCommand(set),
    );
    expect(Rules).toEqual([
      {
        ID: "rule-1",
        Filter: { Prefix: "rundeck/" },
        Status: "Enabled",
        Expiration: { Days: 1 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
      },
      {
        ID: "old",
        Filter: { Prefix: "" },
        Status: "Disabled",
        NoncurrentVersionExpiration: { NoncurrentDays: 3 },
      },
    ]);
    const { PublicAccessBlockConfiguration: block } = await client.send(
      new GetPublicAccessBlockCommand(set),
    );
    expect(block).toMatchObject({
      BlockPublicAcls: true,
      BlockPublicPolicy: false,
    });
  });

  it.each([
    ["s3:GetBucketVersioning", () => new GetBucketVersioningCommand(set)],
    [
      "s3:GetEncryptionConfiguration",
      () => new GetBucketEncryptionCommand(set),
    ],
    [
      "s3:GetLifecycleConfiguration",
      () => new GetBucketLifecycleConfigurationCommand(set),
    ],
    [
      "s3:GetBucketPublicAccessBlock",
      () => new GetPublicAccessBlockCommand(set),
    ],
  ] as const)("is read with %s alone", async (Action, command) => {
    const Effect = "Allow" as const;
    const read = async (): Promise<unknown> => {
      const asked = command();
      // the client's overloads take one command at a time
      if (asked instanceof GetBucketVersioningCommand)
        return client.send(asked);
      if (asked instanceof GetBucketEncryptionCommand)
        return client.send(asked);
      if (asked instanceof GetPublicAccessBlockCommand)
        return client.send(asked);
      return client.send(asked);
    };
    served.policies.value = [];
    await expect(read()).rejects.toMatchObject({ name: "AccessDenied" });
    const Resource = "arn:aws:s3:::set";
    served.policies.value = [{ Statement: { Effect, Action, Resource } }];
    await read();
    served.policies.value = undefined;
  });
});

describe("requests that can't succeed", () => {
  const nothing = { ...plain, Key: "rundeck/none" };
  const complete = () =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...nothing,
        UploadId: "none",
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: "none" }] },
      }),
    );
  const remove = (Key: string, IfMatch: string) =>
    client.send(new DeleteObjectCommand({ ...plain, Key, IfMatch }));

  it("are denied first, where the caller has no right", async () => {
    served.policies.value = [];
    const denied = { name: "AccessDenied" };
    await expect(complete()).rejects.toMatchObject(denied);
    await expect(remove("rundeck/none", "*")).rejects.toMatchObject(denied);
    served.policies.value = undefined;
  });

  it("completing an upload that nobody began is NoSuchUpload", async () => {
    await expect(complete()).rejects.toMatchObject({ name: "NoSuchUpload" });
  });

  it("deleting, if it is there, what is not is PreconditionFailed", async () => {
    await expect(remove("rundeck/none", "*")).rejects.toMatchObject({
      name: "PreconditionFailed",
      $metadata: { httpStatusCode: 412 },
    });
    const { ETag = "" } = await client.send(
      new PutObjectCommand({ ...plain, Key: "there", Body: "x" }),
    );
    await expect(remove("there", '"other"')).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    await remove("there", ETag);
    expect(served.s3.keysOf("plain")).toEqual([]);
  });
});
