import { AwsFault } from "../protocol.ts";
import { S3Fault, toS3Fault } from "./fault.ts";
import { preconditionFailed, removeSegments } from "./put.ts";
import {
  answer,
  authorize,
  header,
  openBucket,
  type S3Request,
} from "./request.ts";
import { readSmallBody } from "./small-body.ts";
import type { Bucket } from "./store.ts";
import { readElements, readText, s3Document } from "./xml.ts";

/** Deleting what is not there succeeds too, unless it is asked for only where something is there. */
export async function deleteObject(asked: S3Request): Promise<void> {
  const bucket = openBucket(asked, "s3:DeleteObject");
  const wanted = header(asked, "if-match")?.replaceAll('"', "");
  const there = bucket.objects.get(asked.key);
  if (wanted !== undefined && (!there || !["*", there.etag].includes(wanted)))
    throw preconditionFailed("If-Match");
  await removeObject(bucket, asked.key);
  answer(asked, 204);
}

/** Each key is allowed or denied by itself. */
export async function deleteObjects(asked: S3Request): Promise<void> {
  const body = await readSmallBody(asked);
  const keys = readElements(body, "Object").map(
    (object) => readText(object, "Key") ?? "",
  );
  if (keys.length === 0 || keys.length > 1_000)
    throw new S3Fault(
      "MalformedXML",
      400,
      "The XML you provided was not well-formed or did not validate against our published schema",
    );
  const bucket = findBucket(asked);
  const errors: { Key: string; Code: string; Message: string }[] = [];
  const deleted: { Key: string }[] = [];
  for (const key of keys) {
    const fault = findDenial(asked, bucket, key);
    if (fault) {
      errors.push({ Key: key, Code: fault.code, Message: fault.message });
      continue;
    }
    await removeObject(bucket, key);
    deleted.push({ Key: key });
  }
  const quiet = readText(body, "Quiet") === "true";
  answer(asked, 200, {
    body: s3Document("DeleteResult", {
      Deleted: quiet ? [] : deleted,
      Error: errors,
    }),
  });
}

function findBucket(asked: S3Request): Bucket {
  const bucket = asked.state.buckets.get(asked.bucket);
  // Whether it exists and where it is are answered as for any other request; the keys are authorized one by one.
  return bucket?.region === asked.call.region
    ? bucket
    : openBucket(asked, "s3:DeleteObject");
}

function findDenial(
  asked: S3Request,
  bucket: Bucket,
  key: string,
): S3Fault | undefined {
  try {
    authorize(asked, bucket, { action: "s3:DeleteObject", key });
    return undefined;
  } catch (error) {
    if (error instanceof AwsFault || error instanceof S3Fault)
      return toS3Fault(error);
    throw error;
  }
}

async function removeObject(bucket: Bucket, key: string): Promise<void> {
  const object = bucket.objects.get(key);
  bucket.objects.delete(key);
  if (object) await removeSegments(object);
}
