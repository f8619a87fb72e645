import type { PolicyDocument } from "../protocol.ts";
import { S3Fault } from "./fault.ts";
import {
  answer,
  authorize,
  openBucket,
  type S3Request,
  type S3State,
} from "./request.ts";
import type { BucketOptions } from "./bucket-options.ts";
import { readSmallBody } from "./small-body.ts";
import type { Bucket } from "./store.ts";
import { readText, s3Document } from "./xml.ts";

export function addBucket(
  state: S3State,
  name: string,
  { region, account, ...rest }: BucketOptions = {},
): Bucket {
  const bucket: Bucket = {
    name,
    region: region ?? state.region,
    account: account ?? state.account,
    createdMs: state.now(),
    objects: new Map(),
    uploads: new Map(),
    ...rest,
  };
  state.buckets.set(name, bucket);
  return bucket;
}

export function headBucket(asked: S3Request): void {
  const { region } = openBucket(asked, "s3:ListBucket", "bucket");
  answer(asked, 200, {
    headers: {
      "x-amz-bucket-region": region,
      "content-type": "application/xml",
    },
  });
}

/** Answered in every region; us-east-1 has the empty name. */
export function getBucketLocation(asked: S3Request): void {
  const bucket = asked.state.buckets.get(asked.bucket);
  const anywhere = bucket
    ? { ...asked, call: { ...asked.call, region: bucket.region } }
    : asked;
  const { region } = openBucket(anywhere, "s3:GetBucketLocation", "bucket");
  answer(asked, 200, {
    body: s3Document(
      "LocationConstraint",
      region === "us-east-1" ? "" : region,
    ),
  });
}

export function listBuckets(asked: S3Request): void {
  const { state, call } = asked;
  call.authorize("s3:ListAllMyBuckets", "arn:aws:s3:::*");
  answer(asked, 200, {
    body: s3Document("ListAllMyBucketsResult", {
      Owner: { ID: call.caller.account },
      Buckets: {
        Bucket: [...state.buckets.values()]
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, createdMs, region }) => ({
            Name: name,
            CreationDate: new Date(createdMs).toISOString(),
            BucketRegion: region,
          })),
      },
    }),
  });
}

export async function createBucket(asked: S3Request): Promise<void> {
  const { state, bucket: name, call } = asked;
  authorize(asked, undefined, { action: "s3:CreateBucket", key: undefined });
  const body = await readSmallBody(asked);
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
    throw new S3Fault(
      "InvalidBucketName",
      400,
      "The specified bucket is not valid.",
      {
        details: { BucketName: name },
      },
    );
  if (state.buckets.has(name))
    throw new S3Fault(
      "BucketAlreadyOwnedByYou",
      409,
      "Your previous request to create the named bucket succeeded and you already own it.",
      { details: { BucketName: name } },
    );
  const region = readText(body, "LocationConstraint") ?? call.region;
  addBucket(state, name, { region, account: call.caller.account });
  answer(asked, 200, { headers: { location: `/${name}` } });
}

export function deleteBucket(asked: S3Request): void {
  const bucket = openBucket(asked, "s3:DeleteBucket", "bucket");
  if (bucket.objects.size > 0)
    throw new S3Fault(
      "BucketNotEmpty",
      409,
      "The bucket you tried to delete is not empty",
      { details: { BucketName: bucket.name } },
    );
  asked.state.buckets.delete(bucket.name);
  answer(asked, 204);
}

export function getBucketPolicy(asked: S3Request): void {
  const bucket = openBucket(asked, "s3:GetBucketPolicy", "bucket");
  if (!bucket.policy)
    throw new S3Fault(
      "NoSuchBucketPolicy",
      404,
      "The bucket policy does not exist",
      { details: { BucketName: bucket.name } },
    );
  answer(asked, 200, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify(bucket.policy),
  });
}

export async function putBucketPolicy(asked: S3Request): Promise<void> {
  const bucket = openBucket(asked, "s3:PutBucketPolicy", "bucket");
  bucket.policy = parsePolicy(await readSmallBody(asked));
  answer(asked, 204);
}

export function deleteBucketPolicy(asked: S3Request): void {
  const bucket = openBucket(asked, "s3:DeleteBucketPolicy", "bucket");
  delete bucket.policy;
  answer(asked, 204);
}

function parsePolicy(text: string): PolicyDocument {
  const policy = parseJson(text);
  if (!isPolicy(policy))
    throw new S3Fault(
      "MalformedPolicy",
      400,
      "This policy contains invalid Json, or elements that the local S3 does not evaluate",
    );
  return policy;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Elements that nobody here evaluates (Condition, NotAction…) would grant or deny more than their author meant: such a policy is refused. */
function isPolicy(value: unknown): value is PolicyDocument {
  if (typeof value !== "object" || value === null) return false;
  const { Statement }: { Statement?: unknown } = value;
  return (Array.isArray(Statement) ? Statement : [Statement]).every(
    isStatement,
  );
}

const evaluated = ["Sid", "Effect", "Principal", "Action", "Resource"];

function isStatement(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const names = Object.keys(value);
  return (
    ["Effect", "Action", "Resource"].every((name) => names.includes(name)) &&
    names.every((name) => evaluated.includes(name))
  );
}
