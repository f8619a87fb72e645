import { rm } from "node:fs/promises";
import { receiveBody } from "./body.ts";
import { checksumHeader, type StoredChecksum } from "./checksum.ts";
import { chooseEncryption } from "./encryption.ts";
import { S3Fault } from "./fault.ts";
import { answer, header, openBucket, type S3Request } from "./request.ts";
import type { Bucket, StoredObject } from "./store.ts";

/** Headers of an upload that every download repeats. */
const keptHeaders = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-language",
  "expires",
  "x-amz-storage-class",
];

export async function putObject(asked: S3Request): Promise<void> {
  refuseCopy(asked);
  refuseKey(asked.key);
  const bucket = openBucket(asked, "s3:PutObject");
  const encryption = chooseEncryption(asked, bucket);
  refuseUnmetCondition(asked, bucket);
  const { segment, md5, checksum } = await receiveBody(asked);
  // Two uploads of one key may race: the condition is decided when the object becomes visible.
  await conditionOrRemove(asked, bucket, segment.path);
  await storeObject(bucket, {
    key: asked.key,
    segments: [segment],
    size: segment.size,
    etag: md5,
    modifiedMs: asked.state.now(),
    headers: readKeptHeaders(asked),
    encryption,
    ...(checksum ? { checksum } : {}),
  });
  answer(asked, 200, {
    headers: {
      etag: `"${md5}"`,
      ...encryption,
      ...checksumHeaders(checksum),
    },
  });
}

/** Replaces what was there, whose files go. */
export async function storeObject(
  bucket: Bucket,
  object: StoredObject,
): Promise<void> {
  const before = bucket.objects.get(object.key);
  bucket.objects.set(object.key, object);
  if (before) await removeSegments(before);
}

export async function removeSegments({
  segments,
}: Pick<StoredObject, "segments">): Promise<void> {
  for (const { path } of segments) await rm(path, { force: true });
}

export function readKeptHeaders(asked: S3Request): Record<string, string> {
  const kept: Record<string, string> = {
    "content-type": "binary/octet-stream",
  };
  for (const name of Object.keys(asked.request.headers)) {
    const value = header(asked, name);
    if (value === undefined) continue;
    if (keptHeaders.includes(name) || name.startsWith("x-amz-meta-"))
      kept[name] = value;
  }
  const encoding = contentEncoding(asked);
  return encoding === "" ? kept : { ...kept, "content-encoding": encoding };
}

export function checksumHeaders(
  checksum: StoredChecksum | undefined,
): Record<string, string> {
  return checksum
    ? {
        [checksumHeader(checksum.algorithm)]: checksum.value,
        "x-amz-checksum-type": checksum.type,
      }
    : {};
}

export function refuseCopy(asked: S3Request): void {
  if (header(asked, "x-amz-copy-source") !== undefined)
    throw new S3Fault(
      "NotImplemented",
      501,
      "A header you provided implies functionality that is not implemented",
    );
}

/** Source: "Creating object key names" in the S3 User Guide. */
export function refuseKey(key: string): void {
  if (Buffer.byteLength(key) > 1_024)
    throw new S3Fault("KeyTooLongError", 400, "Your key is too long");
}

/** `If-None-Match: *` and `If-Match` of an upload. */
export function refuseUnmetCondition(asked: S3Request, bucket: Bucket): void {
  const there = bucket.objects.get(asked.key);
  if (header(asked, "if-none-match") === "*" && there)
    throw preconditionFailed("If-None-Match");
  const wanted = header(asked, "if-match");
  if (wanted === undefined) return;
  if (!there)
    throw new S3Fault("NoSuchKey", 404, "The specified key does not exist.", {
      details: { Key: asked.key },
    });
  if (wanted.replaceAll('"', "") !== there.etag)
    throw preconditionFailed("If-Match");
}

export function preconditionFailed(condition: string): S3Fault {
  return new S3Fault(
    "PreconditionFailed",
    412,
    "At least one of the pre-conditions you specified did not hold",
    { details: { Condition: condition } },
  );
}

async function conditionOrRemove(
  asked: S3Request,
  bucket: Bucket,
  path: string,
): Promise<void> {
  try {
    refuseUnmetCondition(asked, bucket);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** The transport's own `aws-chunked` is no encoding of the object. */
function contentEncoding(asked: S3Request): string {
  return (header(asked, "content-encoding") ?? "")
    .split(",")
    .map((it) => it.trim())
    .filter((it) => it !== "" && it !== "aws-chunked")
    .join(",");
}
