import { createHash, randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveS3, type ServedS3 } from "./serve.ts";

const Bucket = "parts";
const large = randomBytes(5 * 1024 * 1024);
const small = randomBytes(1_001);
let served: ServedS3;
let client: S3Client;

beforeAll(async () => {
  served = await serveS3();
  served.s3.createBucket(Bucket);
  client = served.client();
});
afterAll(async () => served[Symbol.asyncDispose]());

async function start(
  Key: string,
  options: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<string> {
  const { UploadId = "" } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ...options }),
  );
  return UploadId;
}

async function upload(
  Key: string,
  UploadId: string,
  bodies: Buffer[],
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const { ETag, ChecksumCRC32 } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
    );
    parts.push({
      PartNumber,
      ETag,
      ...(ChecksumCRC32 ? { ChecksumCRC32 } : {}),
    });
  }
  return parts;
}

async function complete(
  Key: string,
  UploadId: string,
  Parts: CompletedPart[],
): Promise<{ ETag?: string | undefined; ChecksumCRC32?: string | undefined }> {
  return client.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
    }),
  );
}

function digest(...data: Buffer[]): Buffer {
  const md5 = createHash("md5");
  for (const piece of data) md5.update(piece);
  return md5.digest();
}

describe("a multipart upload", () => {
  it("becomes one object, whose ETag is of its parts' MD5s", async () => {
    const id = await start("whole", { ContentType: "text/x-thing" });
    expect(served.s3.uploadsOf(Bucket)).toEqual(["whole"]);
    const parts = await upload("whole", id, [large, small]);
    const { ETag } = await complete("whole", id, parts);
    const expected = digest(digest(large), digest(small)).toString("hex");
    expect(ETag).toBe(`"${expected}-2"`);
    const content = await served.s3.contentOf(Bucket, "whole");
    // Comparing megabytes byte by byte through toEqual takes half a minute.
    expect(content?.equals(Buffer.concat([large, small]))).toBe(true);
    expect(served.s3.uploadsOf(Bucket)).toEqual([]);
    const head = await client.send(
      new HeadObjectCommand({ Bucket, Key: "whole" }),
    );
    expect(head.ContentType).toBe("text/x-thing");
  });

  it("is read across the border of its parts, or part by part", async () => {
    const id = await start("ranges");
    await complete("ranges", id, await upload("ranges", id, [large, small]));
    const Key = "ranges";
    const Range = `bytes=${large.length - 2}-${large.length + 1}`;
    const border = await client.send(
      new GetObjectCommand({ Bucket, Key, Range }),
    );
    expect(
      Buffer.from((await border.Body?.transformToByteArray()) ?? []),
    ).toEqual(Buffer.concat([large.subarray(-2), small.subarray(0, 2)]));
    const second = await client.send(
      new GetObjectCommand({ Bucket, Key, PartNumber: 2 }),
    );
    expect(second.PartsCount).toBe(2);
    expect(
      Buffer.from((await second.Body?.transformToByteArray()) ?? []),
    ).toEqual(small);
  });

  it("carries the checksum of its parts' checksums", async () => {
    const id = await start("composite", { ChecksumAlgorithm: "CRC32" });
    const parts = await upload("composite", id, [large, small]);
    const sums = [large, small].map((body) => uint32(crc32(body)));
    expect(parts.map(({ ChecksumCRC32 }) => ChecksumCRC32)).toEqual(
      sums.map((sum) => sum.toString("base64")),
    );
    const { ChecksumCRC32 } = await complete("composite", id, parts);
    const whole = uint32(crc32(Buffer.concat(sums))).toString("base64");
    expect(ChecksumCRC32).toBe(`${whole}-2`);
  });

  it("of full-object type carries the checksum of all its bytes", async () => {
    const id = await start("full", {
      ChecksumAlgorithm: "CRC32",
      ChecksumType: "FULL_OBJECT",
    });
    const parts = await upload("full", id, [large, small]);
    const { ChecksumCRC32 } = await complete("full", id, parts);
    expect(ChecksumCRC32).toBe(
      uint32(crc32(Buffer.concat([large, small]))).toString("base64"),
    );
  });

  it("aborted leaves neither object nor files", async () => {
    const files = await served.countFiles();
    const UploadId = await start("aborted");
    await upload("aborted", UploadId, [small]);
    const abort = new AbortMultipartUploadCommand({
      Bucket,
      Key: "aborted",
      UploadId,
    });
    await client.send(abort);
    expect(await served.countFiles()).toBe(files);
    expect(served.s3.keysOf(Bucket)).not.toContain("aborted");
    await expect(client.send(abort)).rejects.toMatchObject({
      name: "NoSuchUpload",
    });
  });

  it("replaces a part that is sent again", async () => {
    const id = await start("again");
    await upload("again", id, [large]);
    const parts = await upload("again", id, [small]);
    await complete("again", id, parts);
    expect(await served.s3.contentOf(Bucket, "again")).toEqual(small);
  });

  it("lists its parts, and the bucket lists it", async () => {
    const UploadId = await start("listed");
    await upload("listed", UploadId, [large, small]);
    const listed = await client.send(
      new ListPartsCommand({ Bucket, Key: "listed", UploadId, MaxParts: 1 }),
    );
    expect(listed.IsTruncated).toBe(true);
    expect(listed.Parts?.map(({ Size }) => Size)).toEqual([large.length]);
    const { Uploads } = await client.send(
      new ListMultipartUploadsCommand({ Bucket }),
    );
    expect(Uploads?.map((one) => one.UploadId)).toContain(UploadId);
  });
});

describe("completing", () => {
  const flaws: [string, (parts: CompletedPart[]) => CompletedPart[], string][] =
    [
      [
        "with parts in the wrong order",
        (parts) => parts.toReversed(),
        "InvalidPartOrder",
      ],
      [
        "with another ETag",
        (parts) => parts.map((part) => ({ ...part, ETag: '"0"' })),
        "InvalidPart",
      ],
      [
        "with a part that never came",
        (parts) => [...parts, { PartNumber: 9, ETag: '"9"' }],
        "InvalidPart",
      ],
      ["with nothing", () => [], "MalformedXML"],
    ];
  it.each(flaws)(
    "%s is refused, and the upload stays",
    async (_, change, name) => {
      const id = await start("flawed");
      const parts = await upload("flawed", id, [large, small]);
      await expect(complete("flawed", id, change(parts))).rejects.toMatchObject(
        {
          name,
        },
      );
      await complete("flawed", id, parts);
    },
  );

  it("with a part below 5 MB that is not the last is EntityTooSmall", async () => {
    const id = await start("small");
    const parts = await upload("small", id, [small, small]);
    await expect(complete("small", id, parts)).rejects.toMatchObject({
      name: "EntityTooSmall",
    });
  });
});

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
