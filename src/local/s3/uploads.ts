import { checksumElement } from "./checksum.ts";
import { openUpload } from "./multipart.ts";
import { answer, openBucket, type S3Request } from "./request.ts";
import { s3Document } from "./xml.ts";

export function listParts(asked: S3Request): void {
  const bucket = openBucket(asked, "s3:ListMultipartUploadParts");
  const upload = openUpload(asked, bucket);
  const marker = Number(asked.query.get("part-number-marker") ?? "0");
  const limit = Math.min(Number(asked.query.get("max-parts") ?? "1000"), 1_000);
  const after = [...upload.parts.values()]
    .filter(({ number }) => number > marker)
    .toSorted((a, b) => a.number - b.number);
  const page = after.slice(0, limit);
  answer(asked, 200, {
    body: s3Document("ListPartsResult", {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: upload.id,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.number ?? 0,
      MaxParts: limit,
      IsTruncated: after.length > page.length,
      StorageClass: "STANDARD",
      ...(upload.checksum
        ? {
            ChecksumAlgorithm: upload.checksum.algorithm,
            ChecksumType: upload.checksum.type,
          }
        : {}),
      Part: page.map(({ number, segment, etag, modifiedMs, checksum }) => ({
        PartNumber: number,
        LastModified: new Date(modifiedMs).toISOString(),
        ETag: `"${etag}"`,
        Size: segment.size,
        ...(checksum
          ? { [checksumElement(checksum.algorithm)]: checksum.value }
          : {}),
      })),
    }),
  });
}

/** All on one page: a local bucket never has a thousand unfinished uploads. */
export function listMultipartUploads(asked: S3Request): void {
  const action = "s3:ListBucketMultipartUploads";
  const bucket = openBucket(asked, action, "bucket");
  const prefix = asked.query.get("prefix") ?? "";
  const uploads = [...bucket.uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .toSorted((a, b) =>
      a.key === b.key ? a.startedMs - b.startedMs : a.key < b.key ? -1 : 1,
    );
  answer(asked, 200, {
    body: s3Document("ListMultipartUploadsResult", {
      Bucket: bucket.name,
      Prefix: prefix,
      MaxUploads: 1_000,
      IsTruncated: false,
      Upload: uploads.map(({ id, key, startedMs }) => ({
        Key: key,
        UploadId: id,
        StorageClass: "STANDARD",
        Initiated: new Date(startedMs).toISOString(),
      })),
    }),
  });
}
