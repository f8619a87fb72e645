import { createHash, randomBytes } from "node:crypto";
import { receiveBody } from "./body.ts";
import {
  checksumElement,
  checksumHeader,
  parseAlgorithm,
  type StoredChecksum,
} from "./checksum.ts";
import { combineChecksum, refuseOtherChecksum } from "./combine.ts";
import { chooseEncryption, keyOf } from "./encryption.ts";
import { S3Fault } from "./fault.ts";
import {
  checksumHeaders,
  readKeptHeaders,
  refuseCopy,
  refuseKey,
  refuseUnmetCondition,
  removeSegments,
  storeObject,
} from "./put.ts";
import { answer, header, openBucket, type S3Request } from "./request.ts";
import { readSmallBody } from "./small-body.ts";
import type { Bucket, Part, Upload } from "./store.ts";
import { readElements, readText, s3Document } from "./xml.ts";

/** Every part but the last. Source: "Amazon S3 multipart upload limits". */
const minPartBytes = 5 * 1024 ** 2;
const maxPartNumber = 10_000;

export function createMultipartUpload(asked: S3Request): void {
  refuseKey(asked.key);
  const bucket = openBucket(asked, "s3:PutObject");
  const algorithm = parseAlgorithm(header(asked, "x-amz-checksum-algorithm"));
  const checksum = algorithm && { algorithm, type: checksumType(asked) };
  const upload: Upload = {
    id: randomBytes(48).toString("base64url"),
    key: asked.key,
    startedMs: asked.state.now(),
    headers: readKeptHeaders(asked),
    encryption: chooseEncryption(asked, bucket),
    parts: new Map(),
    ...(checksum ? { checksum } : {}),
  };
  bucket.uploads.set(upload.id, upload);
  answer(asked, 200, {
    headers: {
      ...upload.encryption,
      ...(checksum
        ? {
            "x-amz-checksum-algorithm": checksum.algorithm,
            "x-amz-checksum-type": checksum.type,
          }
        : {}),
    },
    body: s3Document("InitiateMultipartUploadResult", {
      Bucket: bucket.name,
      Key: upload.key,
      UploadId: upload.id,
    }),
  });
}

export async function uploadPart(asked: S3Request): Promise<void> {
  refuseCopy(asked);
  const bucket = openBucket(asked, "s3:PutObject");
  const upload = openUpload(asked, bucket);
  // S3 has to read the parts again to put them together. Source: S3 User Guide, "Multipart upload API and permissions"
  const { state, call } = asked;
  state.keys.authorize(call, "kms:Decrypt", keyOf(upload.encryption));
  const number = Number(asked.query.get("partNumber"));
  if (!Number.isInteger(number) || number < 1 || number > maxPartNumber)
    throw new S3Fault(
      "InvalidArgument",
      400,
      "Part number must be an integer between 1 and 10000, inclusive",
      { details: { ArgumentName: "partNumber" } },
    );
  const received = await receiveBody(asked, upload.checksum?.algorithm);
  const { segment, md5: etag, checksum } = received;
  const before = upload.parts.get(number);
  upload.parts.set(number, {
    number,
    segment,
    etag,
    modifiedMs: asked.state.now(),
    ...(checksum ? { checksum } : {}),
  });
  if (before) await removeSegments({ segments: [before.segment] });
  const { "x-amz-checksum-type": _, ...sums } = checksumHeaders(checksum);
  answer(asked, 200, {
    headers: { etag: `"${etag}"`, ...upload.encryption, ...sums },
  });
}

export async function completeMultipartUpload(asked: S3Request): Promise<void> {
  const bucket = openBucket(asked, "s3:PutObject");
  const upload = openUpload(asked, bucket);
  const parts = chooseParts(upload, await readSmallBody(asked));
  refuseUnmetCondition(asked, bucket);
  const checksum = await combineChecksum(upload, parts);
  refuseOtherChecksum(checksum, (algorithm) =>
    header(asked, checksumHeader(algorithm)),
  );
  const md5 = createHash("md5");
  for (const { etag } of parts) md5.update(Buffer.from(etag, "hex"));
  const etag = `${md5.digest("hex")}-${parts.length}`;
  bucket.uploads.delete(upload.id);
  const segments = parts.map(({ segment }) => segment);
  await storeObject(bucket, {
    key: upload.key,
    segments,
    size: segments.reduce((sum, { size }) => sum + size, 0),
    etag,
    modifiedMs: asked.state.now(),
    headers: upload.headers,
    encryption: upload.encryption,
    ...(checksum ? { checksum } : {}),
  });
  await removeSegments({
    segments: [...upload.parts.values()]
      .filter((part) => !parts.includes(part))
      .map(({ segment }) => segment),
  });
  answer(asked, 200, {
    headers: upload.encryption,
    body: completeDocument(bucket, upload, { etag, checksum }),
  });
}

export async function abortMultipartUpload(asked: S3Request): Promise<void> {
  const bucket = openBucket(asked, "s3:AbortMultipartUpload");
  const upload = openUpload(asked, bucket);
  bucket.uploads.delete(upload.id);
  await removeSegments({
    segments: [...upload.parts.values()].map(({ segment }) => segment),
  });
  answer(asked, 204);
}

export function openUpload(asked: S3Request, bucket: Bucket): Upload {
  const id = asked.query.get("uploadId") ?? "";
  const upload = bucket.uploads.get(id);
  if (!upload || upload.key !== asked.key)
    throw new S3Fault(
      "NoSuchUpload",
      404,
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
      { details: { UploadId: id } },
    );
  return upload;
}

function checksumType(asked: S3Request): StoredChecksum["type"] {
  const type = header(asked, "x-amz-checksum-type");
  if (type === "FULL_OBJECT" || type === "COMPOSITE") return type;
  return header(asked, "x-amz-checksum-algorithm") === "CRC64NVME"
    ? "FULL_OBJECT"
    : "COMPOSITE";
}

/** The parts that the client lists, each there, unchanged, in order and large enough. */
function chooseParts(upload: Upload, body: string): Part[] {
  const listed = readElements(body, "Part");
  if (listed.length === 0)
    throw new S3Fault(
      "MalformedXML",
      400,
      "The XML you provided was not well-formed or did not validate against our published schema",
    );
  const parts = listed.map((xml) => choosePart(upload, xml));
  parts.forEach((part, index) => {
    const next = parts[index + 1];
    if (!next) return;
    if (part.number >= next.number)
      throw new S3Fault(
        "InvalidPartOrder",
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        { details: { UploadId: upload.id } },
      );
    if (part.segment.size < minPartBytes)
      throw new S3Fault(
        "EntityTooSmall",
        400,
        "Your proposed upload is smaller than the minimum allowed size",
        {
          details: {
            ProposedSize: String(part.segment.size),
            MinSizeAllowed: String(minPartBytes),
            PartNumber: String(part.number),
            ETag: part.etag,
          },
        },
      );
  });
  return parts;
}

function choosePart(upload: Upload, xml: string): Part {
  const number = readText(xml, "PartNumber") ?? "";
  const etag = readText(xml, "ETag")?.replaceAll('"', "");
  const part = upload.parts.get(Number(number));
  const sum = part?.checksum;
  const declared = sum && readText(xml, checksumElement(sum.algorithm));
  const changed = declared !== undefined && declared !== sum?.value;
  if (!part || part.etag !== etag || changed)
    throw new S3Fault(
      "InvalidPart",
      400,
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      {
        details: {
          UploadId: upload.id,
          PartNumber: number,
          ETag: etag ?? "",
        },
      },
    );
  return part;
}

function completeDocument(
  bucket: Bucket,
  upload: Upload,
  { etag, checksum }: { etag: string; checksum: StoredChecksum | undefined },
): string {
  return s3Document("CompleteMultipartUploadResult", {
    Location: `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${upload.key}`,
    Bucket: bucket.name,
    Key: upload.key,
    ETag: `"${etag}"`,
    ...(checksum
      ? {
          [checksumElement(checksum.algorithm)]: checksum.value,
          ChecksumType: checksum.type,
        }
      : {}),
  });
}
