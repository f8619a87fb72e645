import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { keyOf } from "./encryption.ts";
import { S3Fault } from "./fault.ts";
import { checksumHeaders, preconditionFailed } from "./put.ts";
import { parseRange, type ByteRange } from "./range.ts";
import {
  commonHeaders,
  header,
  mayList,
  openBucket,
  type S3Request,
} from "./request.ts";
import type { Segment, StoredObject } from "./store.ts";

/** GetObject and HeadObject. */
export async function getObject(asked: S3Request): Promise<void> {
  const object = openObject(asked);
  const { state, call } = asked;
  state.keys.authorize(call, "kms:Decrypt", keyOf(object.encryption));
  refuseUnmetCondition(asked, object);
  const part = partOf(asked, object);
  const range = part ?? parseRange(header(asked, "range"), object.size);
  const { response } = asked;
  response.writeHead(range ? 206 : 200, {
    ...commonHeaders(asked),
    ...objectHeaders(asked, object),
    ...(range
      ? {
          "content-range": `bytes ${range.first}-${range.last}/${object.size}`,
          "content-length": String(range.last - range.first + 1),
        }
      : { "content-length": String(object.size) }),
    ...(part ? { "x-amz-mp-parts-count": String(object.segments.length) } : {}),
    // A checksum of the whole is no checksum of a part.
    ...(!range && header(asked, "x-amz-checksum-mode") === "ENABLED"
      ? checksumHeaders(object.checksum)
      : {}),
  });
  if (asked.request.method === "HEAD") {
    response.end();
    return;
  }
  const wanted = range ?? { first: 0, last: object.size - 1 };
  await pipeline(
    Readable.from(readSegments(object.segments, wanted)),
    response,
  );
}

/** Bytes of an object, part by part. */
export async function* readSegments(
  segments: Segment[],
  { first, last }: ByteRange,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const { path, size } of segments) {
    const start = Math.max(first - offset, 0);
    const end = Math.min(last - offset, size - 1);
    if (start <= end)
      for await (const data of createReadStream(path, { start, end }))
        yield data;
    offset += size;
  }
}

/** Without the right to list, S3 does not tell a missing key from a forbidden one. */
function openObject(asked: S3Request): StoredObject {
  const bucket = openBucket(asked, "s3:GetObject");
  const object = bucket.objects.get(asked.key);
  if (object) return object;
  if (!mayList(asked, bucket))
    throw new S3Fault("AccessDenied", 403, "Access Denied");
  throw new S3Fault("NoSuchKey", 404, "The specified key does not exist.", {
    details: { Key: asked.key },
  });
}

function refuseUnmetCondition(
  asked: S3Request,
  { etag, modifiedMs }: StoredObject,
): void {
  const match = header(asked, "if-match");
  if (match !== undefined && !namesEtag(match, etag))
    throw preconditionFailed("If-Match");
  const noneMatch = header(asked, "if-none-match");
  const since = header(asked, "if-modified-since");
  const unchanged =
    noneMatch === undefined
      ? since !== undefined &&
        Math.floor(modifiedMs / 1_000) * 1_000 <= Date.parse(since)
      : namesEtag(noneMatch, etag);
  if (unchanged)
    throw new S3Fault("NotModified", 304, "Not Modified", {
      headers: { etag: `"${etag}"` },
    });
}

function namesEtag(condition: string, etag: string): boolean {
  return (
    condition === "*" ||
    condition.split(",").some((it) => it.trim().replaceAll('"', "") === etag)
  );
}

/** The bytes of one part of a multipart upload, if `partNumber` asks for it. */
function partOf(asked: S3Request, object: StoredObject): ByteRange | undefined {
  const number = asked.query.get("partNumber");
  if (number === null) return undefined;
  const index = Number(number) - 1;
  const segment = object.segments[index];
  if (!segment)
    throw new S3Fault(
      "InvalidPartNumber",
      416,
      "The requested partnumber is not satisfiable",
    );
  const first = object.segments
    .slice(0, index)
    .reduce((sum, { size }) => sum + size, 0);
  return segment.size === 0
    ? undefined
    : { first, last: first + segment.size - 1 };
}

/** Headers that a (presigned) URL may set for the answer. */
const overridable = [
  "content-type",
  "content-language",
  "expires",
  "cache-control",
  "content-disposition",
  "content-encoding",
];

function objectHeaders(
  { query }: S3Request,
  object: StoredObject,
): Record<string, string> {
  const overrides = overridable.flatMap((name) => {
    const value = query.get(`response-${name}`);
    return value === null ? [] : [[name, value]];
  });
  return {
    "accept-ranges": "bytes",
    etag: `"${object.etag}"`,
    "last-modified": new Date(object.modifiedMs).toUTCString(),
    ...object.headers,
    ...object.encryption,
    ...Object.fromEntries(overrides),
  };
}
