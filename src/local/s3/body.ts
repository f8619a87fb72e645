import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import {
  checksumAlgorithms,
  checksumHeader,
  createChecksum,
  parseAlgorithm,
  type ChecksumAlgorithm,
  type StoredChecksum,
} from "./checksum.ts";
import { decodeChunks, incomplete } from "./chunked.ts";
import { S3Fault } from "./fault.ts";
import { header, type S3Request } from "./request.ts";
import type { Segment } from "./store.ts";

export type Received = {
  segment: Segment;
  /** Hexadecimal: a plain object's ETag. */
  md5: string;
  checksum?: StoredChecksum;
};

/** Above this only a multipart upload is possible. Source: S3 User Guide, "Uploading objects". */
const maxBodyBytes = 5 * 1024 ** 3;

/** Streams a request's body to a file and holds it against every digest the client sent; a body that fails leaves no file. */
export async function receiveBody(
  asked: S3Request,
  wanted?: ChecksumAlgorithm,
): Promise<Received> {
  refuseLength(asked);
  const segment = { path: asked.state.nextPath(), size: 0 };
  try {
    return await receiveInto(segment, asked, wanted);
  } catch (error) {
    await rm(segment.path, { force: true });
    throw error;
  }
}

async function receiveInto(
  segment: Segment,
  asked: S3Request,
  wanted?: ChecksumAlgorithm,
): Promise<Received> {
  const algorithm = declaredAlgorithm(asked) ?? wanted;
  const trailers = new Map<string, string>();
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  const sum = algorithm && createChecksum(algorithm);
  const hashesPayload = /^[0-9a-f]{64}$/.test(payloadHash(asked));
  await pipeline(
    asked.request,
    (source: AsyncIterable<Buffer>) =>
      isChunked(asked) ? decodeChunks(source, trailers) : source,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const data of source) {
        segment.size += data.length;
        md5.update(data);
        if (hashesPayload) sha256.update(data);
        sum?.update(data);
        yield data;
      }
    },
    createWriteStream(segment.path),
  );

  refuseSize(asked, segment.size);
  const digest = md5.digest();
  refuseMd5(asked, digest);
  if (hashesPayload && sha256.digest("hex") !== payloadHash(asked))
    throw new S3Fault(
      "XAmzContentSHA256Mismatch",
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  const checksum = algorithm && {
    algorithm,
    value: sum?.digest().toString("base64") ?? "",
    type: "FULL_OBJECT" as const,
  };
  if (checksum) refuseChecksum(asked, checksum, trailers);
  return {
    segment,
    md5: digest.toString("hex"),
    ...(checksum ? { checksum } : {}),
  };
}

function payloadHash(asked: S3Request): string {
  return header(asked, "x-amz-content-sha256") ?? "";
}

function isChunked(asked: S3Request): boolean {
  return payloadHash(asked).startsWith("STREAMING-");
}

/** Named by a checksum's header, by the trailer that will bring it, or as the one the client will use. */
function declaredAlgorithm(asked: S3Request): ChecksumAlgorithm | undefined {
  const trailer = header(asked, "x-amz-trailer")?.toLowerCase();
  return (
    checksumAlgorithms.find(
      (it) =>
        header(asked, checksumHeader(it)) !== undefined ||
        trailer === checksumHeader(it),
    ) ?? parseAlgorithm(header(asked, "x-amz-sdk-checksum-algorithm"))
  );
}

function refuseLength(asked: S3Request): void {
  const declared =
    header(asked, "x-amz-decoded-content-length") ??
    header(asked, "content-length");
  if (declared === undefined)
    throw new S3Fault(
      "MissingContentLength",
      411,
      "You must provide the Content-Length HTTP header.",
    );
  if (Number(declared) > maxBodyBytes)
    throw new S3Fault(
      "EntityTooLarge",
      400,
      "Your proposed upload exceeds the maximum allowed size",
      {
        details: {
          ProposedSize: declared,
          MaxSizeAllowed: String(maxBodyBytes),
        },
      },
    );
}

function refuseSize(asked: S3Request, size: number): void {
  const declared =
    header(asked, "x-amz-decoded-content-length") ??
    (isChunked(asked) ? undefined : header(asked, "content-length"));
  if (declared !== undefined && Number(declared) !== size) throw incomplete();
}

function refuseMd5(asked: S3Request, digest: Buffer): void {
  const declared = header(asked, "content-md5");
  if (declared === undefined) return;
  const bytes = Buffer.from(declared, "base64");
  if (bytes.length !== 16)
    throw new S3Fault(
      "InvalidDigest",
      400,
      "The Content-MD5 you specified was invalid.",
    );
  if (!bytes.equals(digest))
    throw new S3Fault(
      "BadDigest",
      400,
      "The Content-MD5 you specified did not match what we received.",
      {
        details: {
          ExpectedDigest: bytes.toString("hex"),
          CalculatedDigest: digest.toString("base64"),
        },
      },
    );
}

function refuseChecksum(
  asked: S3Request,
  { algorithm, value }: StoredChecksum,
  trailers: Map<string, string>,
): void {
  const name = checksumHeader(algorithm);
  const declared = header(asked, name) ?? trailers.get(name);
  if (declared !== undefined && declared !== value)
    throw new S3Fault(
      "BadDigest",
      400,
      `The ${algorithm} you specified did not match the calculated checksum.`,
    );
}
