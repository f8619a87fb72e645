import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caller, serveS3, type ServedS3 } from "./serve.ts";

let served: ServedS3;
let client: S3Client;

beforeAll(async () => {
  served = await serveS3();
  served.policies.value = [];
  served.s3.createBucket("diagnostics", {
    policy: {
      Statement: {
        Effect: "Allow",
        Principal: { AWS: caller.arn },
        Action: ["s3:PutObject"],
        Resource: "arn:aws:s3:::diagnostics/*",
      },
    },
  });
  client = served.client();
});
afterAll(async () => served[Symbol.asyncDispose]());

async function put(options: Partial<PutObjectCommandInput>) {
  return client.send(
    new PutObjectCommand({
      Bucket: "diagnostics",
      Key: "k",
      Body: "x",
      ...options,
    }),
  );
}

type AnyCommand =
  | GetObjectCommand
  | DeleteObjectCommand
  | ListObjectsV2Command
  | PutBucketPolicyCommand;

/** The client's overloads take one command at a time. */
async function sendAny(command: AnyCommand): Promise<unknown> {
  if (command instanceof GetObjectCommand) return client.send(command);
  if (command instanceof DeleteObjectCommand) return client.send(command);
  if (command instanceof ListObjectsV2Command) return client.send(command);
  return client.send(command);
}

describe("a bucket policy that lets the caller only put", () => {
  const Bucket = "diagnostics";
  const denied = { name: "AccessDenied", $metadata: { httpStatusCode: 403 } };

  it("lets it put and overwrite", async () => {
    await put({});
    await put({ Body: "" });
    expect(await served.s3.contentOf(Bucket, "k")).toHaveLength(0);
  });

  it("denies getting, deleting and listing, also of keys that are not there", async () => {
    await put({});
    const commands = [
      new GetObjectCommand({ Bucket, Key: "k" }),
      new GetObjectCommand({ Bucket, Key: "none" }),
      new DeleteObjectCommand({ Bucket, Key: "k" }),
      new ListObjectsV2Command({ Bucket }),
      new PutBucketPolicyCommand({ Bucket, Policy: "{}" }),
    ];
    for (const command of commands)
      await expect(sendAny(command)).rejects.toMatchObject(denied);
    expect(served.s3.keysOf(Bucket)).toEqual(["k"]);
  });

  it("denies a large upload to another bucket in words, not by a broken connection", async () => {
    served.s3.createBucket("closed");
    const Body = Buffer.alloc(20 * 1024 * 1024);
    await expect(put({ Bucket: "closed", Body })).rejects.toMatchObject(denied);
  });

  it("denies each key of a deletion of many by itself", async () => {
    const { Errors } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "k" }] } }),
    );
    expect(Errors).toMatchObject([{ Key: "k", Code: "AccessDenied" }]);
  });

  it("of another account is not enough without the caller's own policy", async () => {
    const { policy } = served.s3.createBucket("foreign", {
      account: "222222222222",
      policy: {
        Statement: {
          Effect: "Allow",
          Principal: { AWS: caller.arn },
          Action: "s3:PutObject",
          Resource: "arn:aws:s3:::foreign/*",
        },
      },
    });
    await expect(put({ Bucket: "foreign" })).rejects.toMatchObject(denied);
    served.policies.value = policy ? [policy] : [];
    await put({ Bucket: "foreign" });
    served.policies.value = [];
  });
});

describe("an expected owner", () => {
  it("that is not the bucket's is AccessDenied", async () => {
    await put({ ExpectedBucketOwner: caller.account });
    await expect(
      put({ ExpectedBucketOwner: "999999999999" }),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("the right to get without the right to list", () => {
  it("answers a missing key with 403, with it 404", async () => {
    const Bucket = "diagnostics";
    const getOnly = {
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "*",
    } as const;
    const missing = new GetObjectCommand({ Bucket, Key: "missing" });
    served.policies.value = [{ Statement: getOnly }];
    await expect(client.send(missing)).rejects.toMatchObject({
      name: "AccessDenied",
    });
    const listToo = { ...getOnly, Action: "s3:ListBucket" };
    served.policies.value = [{ Statement: [getOnly, listToo] }];
    await expect(client.send(missing)).rejects.toMatchObject({
      name: "NoSuchKey",
    });
    served.policies.value = [];
  });
});

describe("encryption", () => {
  const keyArn = "arn:aws:kms:us-east-1:111111111111:key/1234";
  beforeAll(() => {
    served.policies.value = undefined;
    served.s3.createBucket("locked", { demandKmsKey: "1234" });
    served.s3.createBucket("defaulted", { defaultKmsKey: "1234" });
  });

  it("with a key of KMS is told again on every answer, by the key's ARN", async () => {
    const answered = await put({
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "1234",
      BucketKeyEnabled: true,
    });
    const expected = {
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: keyArn,
      BucketKeyEnabled: true,
    };
    expect(answered).toMatchObject(expected);
    const got = await client.send(
      new GetObjectCommand({ Bucket: "diagnostics", Key: "k" }),
    );
    expect(got).toMatchObject(expected);
    await got.Body?.transformToString();
  });

  it("is the bucket's own where none is asked for", async () => {
    expect(await put({ Bucket: "defaulted" })).toMatchObject({
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: keyArn,
    });
    expect(
      await put({ Bucket: "defaulted", ServerSideEncryption: "AES256" }),
    ).toMatchObject({ ServerSideEncryption: "AES256" });
  });

  const refusals: [string, Partial<PutObjectCommandInput>][] = [
    ["nothing said", {}],
    ["AES256", { ServerSideEncryption: "AES256" }],
    ["KMS without a key", { ServerSideEncryption: "aws:kms" }],
    ["another key", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "other" }],
  ];
  it.each(refusals)(
    "a bucket that demands one key denies %s",
    async (_, options) => {
      await expect(put({ Bucket: "locked", ...options })).rejects.toMatchObject(
        { name: "AccessDenied" },
      );
    },
  );

  it.each(["1234", keyArn])(
    "a bucket that demands one key takes it as %s",
    async (SSEKMSKeyId) => {
      const asked = put({
        Bucket: "locked",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId,
      });
      expect((await asked).SSEKMSKeyId).toBe(keyArn);
    },
  );

  it("a key without aws:kms is InvalidArgument", async () => {
    await expect(put({ SSEKMSKeyId: "1234" })).rejects.toMatchObject({
      name: "InvalidArgument",
    });
  });
});
