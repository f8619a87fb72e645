import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import {
  type ChecksumAlgorithm,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveS3, type ServedS3 } from "./serve.ts";

const Bucket = "files";
let served: ServedS3;
let client: S3Client;

beforeAll(async () => {
  served = await serveS3();
  served.s3.createBucket(Bucket);
  client = served.client();
});
afterAll(async () => served[Symbol.asyncDispose]());

async function put(Key: string, Body: string | Buffer = "content") {
  return client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function get(Key: string, Range?: string): Promise<string> {
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket, Key, ...(Range ? { Range } : {}) }),
  );
  return (await Body?.transformToString("latin1")) ?? "";
}

describe("an object", () => {
  it("comes back as it went, with its type, metadata, MD5 as ETag and the default encryption", async () => {
    const content = Buffer.concat([
      randomBytes(300_000),
      Buffer.from("\0\r\n"),
    ]);
    const answered = await client.send(
      new PutObjectCommand({
        Bucket,
        Key: "a/ü b+c&<>.bin",
        Body: content,
        ContentType: "text/x-thing",
        Metadata: { purpose: "test" },
      }),
    );
    expect(answered.ServerSideEncryption).toBe("AES256");
    const object = await client.send(
      new GetObjectCommand({ Bucket, Key: "a/ü b+c&<>.bin" }),
    );
    expect(object).toMatchObject({
      ContentType: "text/x-thing",
      Metadata: { purpose: "test" },
      ContentLength: 300_003,
      ETag: answered.ETag,
    });
    const received = await object.Body?.transformToByteArray();
    expect(content.equals(received ?? Buffer.alloc(0))).toBe(true);
  });

  it("has the ETag of its MD5", async () => {
    const { ETag } = await put("md5", "hello");
    expect(ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  });

  it("may be empty", async () => {
    await put("empty", "");
    expect(await get("empty")).toBe("");
  });

  it("streamed in chunks of unknown hash arrives whole", async () => {
    const content = randomBytes(200_000);
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: "streamed",
        Body: Readable.from([
          content.subarray(0, 70_001),
          content.subarray(70_001),
        ]),
        ContentLength: content.length,
      }),
    );
    expect(await get("streamed")).toBe(content.toString("latin1"));
  });

  const ranges: [string, string][] = [
    ["bytes=0-3", "0123"],
    ["bytes=7-", "789"],
    ["bytes=-2", "89"],
    ["bytes=8-100", "89"],
    ["bytes=-100", "0123456789"],
  ];
  it.each(ranges)("range %s", async (range, expected) => {
    await put("digits", "0123456789");
    expect(await get("digits", range)).toBe(expected);
  });

  it("a range beyond its end is InvalidRange, 416", async () => {
    await put("digits", "0123456789");
    await expect(get("digits", "bytes=10-")).rejects.toMatchObject({
      name: "InvalidRange",
      $metadata: { httpStatusCode: 416 },
    });
  });

  it("is told by its conditions", async () => {
    const { ETag } = await put("conditions");
    const ask = async (condition: object): Promise<unknown> =>
      client.send(
        new GetObjectCommand({ Bucket, Key: "conditions", ...condition }),
      );
    await expect(ask({ IfMatch: '"other"' })).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    await expect(ask({ IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(
      client.send(
        new PutObjectCommand({ Bucket, Key: "conditions", IfNoneMatch: "*" }),
      ),
    ).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect(await get("conditions")).toBe("content");
  });

  it("deleted is gone, and deleting it again succeeds", async () => {
    await put("gone");
    const files = await served.countFiles();
    const remove = new DeleteObjectCommand({ Bucket, Key: "gone" });
    await client.send(remove);
    await client.send(remove);
    expect(await served.countFiles()).toBe(files - 1);
    await expect(get("gone")).rejects.toMatchObject({
      name: "NoSuchKey",
      Key: "gone",
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      client.send(new HeadObjectCommand({ Bucket, Key: "gone" })),
    ).rejects.toMatchObject({ name: "NotFound" });
  });
});

describe("an upload that is broken off", () => {
  it("leaves no object, no file, and what was there before", async () => {
    await put("broken", "before");
    const files = await served.countFiles();
    const asked = request({
      port: served.port,
      method: "PUT",
      path: "/files/broken",
      headers: { "content-length": "1000" },
    });
    asked.on("error", () => undefined);
    await new Promise((resolve) => {
      asked.write("half", resolve);
    });
    await expect.poll(() => served.countFiles()).toBe(files + 1);
    asked.destroy();
    await expect.poll(() => served.countFiles()).toBe(files);
    expect(await get("broken")).toBe("before");
  });
});

describe("checksums", () => {
  // "123456789", the check value in every catalogue of CRCs.
  const known: [ChecksumAlgorithm, string][] = [
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
    ["SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
    [
      "SHA256",
      "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    ],
  ];
  it.each(known)(
    "%s of a body is stored and returned",
    async (algorithm, hex) => {
      const expected = Buffer.from(hex, "hex").toString("base64");
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key: "sum",
          Body: "123456789",
          [`Checksum${algorithm}`]: expected,
        }),
      );
      const head = await client.send(
        new HeadObjectCommand({ Bucket, Key: "sum", ChecksumMode: "ENABLED" }),
      );
      expect(head).toMatchObject({
        [`Checksum${algorithm}`]: expected,
        ChecksumType: "FULL_OBJECT",
      });
    },
  );

  it.each(known)(
    "a wrong %s is BadDigest and leaves nothing",
    async (algorithm, hex) => {
      const files = await served.countFiles();
      const other = Buffer.from(hex, "hex").fill(7).toString("base64");
      const upload = new PutObjectCommand({
        Bucket,
        Key: "wrong-sum",
        Body: "123456789",
        [`Checksum${algorithm}`]: other,
      });
      await expect(client.send(upload)).rejects.toMatchObject({
        name: "BadDigest",
      });
      expect(served.s3.keysOf(Bucket)).not.toContain("wrong-sum");
      expect(await served.countFiles()).toBe(files);
    },
  );

  it("a wrong Content-MD5 is BadDigest, one of another length InvalidDigest", async () => {
    await expect(
      client.send(uploadWithMd5("XUFAKrxLKna5cZ2REBfFkg==")),
    ).rejects.toMatchObject({ name: "BadDigest" });
    await expect(client.send(uploadWithMd5("eHg="))).rejects.toMatchObject({
      name: "InvalidDigest",
    });
  });
});

describe("listing", () => {
  const keys = ["z/1", "z/2", "z/deep/3", "é", "z&<>/4", "y"];
  beforeAll(async () => {
    served.s3.createBucket("listed");
    for (const Key of keys)
      await client.send(
        new PutObjectCommand({ Bucket: "listed", Key, Body: Key }),
      );
  });
  it("is in order of the keys' bytes", async () => {
    const { keys: listed, next } = await listPage({});
    expect(listed).toEqual(["y", "z&<>/4", "z/1", "z/2", "z/deep/3", "é"]);
    expect(next).toBeUndefined();
  });

  it("folds what lies behind a delimiter", async () => {
    expect(await listPage({ Delimiter: "/" })).toMatchObject({
      keys: ["y", "é"],
      prefixes: ["z&<>/", "z/"],
    });
    expect(await listPage({ Delimiter: "/", Prefix: "z/" })).toMatchObject({
      keys: ["z/1", "z/2"],
      prefixes: ["z/deep/"],
    });
  });

  it("goes on where a page ended, with prefixes counted once", async () => {
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await listPage({
        MaxKeys: 1,
        Delimiter: "/",
        ContinuationToken,
      });
      seen.push(...page.keys, ...page.prefixes);
      ContinuationToken = page.next;
    } while (ContinuationToken !== undefined);
    expect(seen).toEqual(["y", "z&<>/", "z/", "é"]);
  });

  it("the first version pages by marker", async () => {
    const page = await client.send(
      new ListObjectsCommand({ Bucket: "listed", MaxKeys: 2, Marker: "y" }),
    );
    expect(page.IsTruncated).toBe(true);
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(["z&<>/4", "z/1"]);
  });

  it("several keys go in one request", async () => {
    const answered = await client.send(
      new DeleteObjectsCommand({
        Bucket: "listed",
        Delete: { Objects: [{ Key: "z&<>/4" }, { Key: "never was" }] },
      }),
    );
    expect(answered.Deleted?.map(({ Key }) => Key)).toEqual([
      "z&<>/4",
      "never was",
    ]);
    expect(served.s3.keysOf("listed")).not.toContain("z&<>/4");
  });
});

describe("a bucket", () => {
  it("that does not exist is NoSuchBucket, and a bare 404 for HEAD", async () => {
    const Missing = "no-such-bucket";
    await expect(
      client.send(new PutObjectCommand({ Bucket: Missing, Key: "k" })),
    ).rejects.toMatchObject({ name: "NoSuchBucket", BucketName: Missing });
    await expect(
      client.send(new HeadBucketCommand({ Bucket: Missing })),
    ).rejects.toMatchObject({ name: "NotFound" });
  });

  it("of another region says where it is, to a HEAD too", async () => {
    served.s3.createBucket("far", { region: "eu-west-1" });
    const asked = client.send(
      new GetObjectCommand({ Bucket: "far", Key: "k" }),
    );
    await expect(asked).rejects.toMatchObject({
      name: "PermanentRedirect",
      Endpoint: "far.s3.eu-west-1.amazonaws.com",
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { "x-amz-bucket-region": "eu-west-1" } },
    });
    await expect(
      client.send(new HeadBucketCommand({ Bucket: "far" })),
    ).rejects.toMatchObject({
      $response: { headers: { "x-amz-bucket-region": "eu-west-1" } },
    });
    const { LocationConstraint } = await client.send(
      new GetBucketLocationCommand({ Bucket: "far" }),
    );
    expect(LocationConstraint).toBe("eu-west-1");
  });

  it("of another region serves a client that follows the redirect", async () => {
    served.s3.createBucket("followed", { region: "eu-central-1" });
    const following = served.client({ followRegionRedirects: true });
    const Key = "k";
    await following.send(
      new PutObjectCommand({ Bucket: "followed", Key, Body: "x" }),
    );
    expect(served.s3.keysOf("followed")).toEqual([Key]);
  });

  const hosts = [
    "files.localhost",
    "files.s3.localhost",
    "files.s3.us-east-1.amazonaws.com",
    "files.s3.amazonaws.com",
  ];
  it.each(hosts)("may be named by the host: %s", async (host) => {
    await put("dir/by-host", "by path");
    expect(await getFromHost(host, "/dir/by-host")).toBe("by path");
  });

  it("is in the path of S3's own hosts", async () => {
    await put("by-path", "by path");
    const host = "s3.us-east-1.amazonaws.com";
    expect(await getFromHost(host, "/files/by-path")).toBe("by path");
  });
});

/** Asks the local server for what another host would have been asked. */
async function getFromHost(host: string, url: string): Promise<string> {
  const asked = request({ port: served.port, path: url, headers: { host } });
  asked.end();
  const [response]: IncomingMessage[] = await once(asked, "response");
  return response ? text(response) : "";
}

function uploadWithMd5(ContentMD5: string): PutObjectCommand {
  return new PutObjectCommand({ Bucket, Key: "md5", Body: "x", ContentMD5 });
}

async function listPage(options: object): Promise<{
  keys: (string | undefined)[];
  prefixes: (string | undefined)[];
  next: string | undefined;
}> {
  const page = await client.send(
    new ListObjectsV2Command({ Bucket: "listed", ...options }),
  );
  return {
    keys: (page.Contents ?? []).map(({ Key }) => Key),
    prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    next: page.NextContinuationToken,
  };
}
