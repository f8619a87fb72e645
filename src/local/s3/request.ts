import type { IncomingMessage, ServerResponse } from "node:http";
import type { Keys } from "../kms.ts";
import type { Call } from "../protocol.ts";
import { S3Fault } from "./fault.ts";
import type { Bucket } from "./store.ts";
import type { Target } from "./target.ts";

export type S3State = {
  folder: string;
  region: string;
  account: string;
  now: () => number;
  buckets: Map<string, Bucket>;
  keys: Keys;
  /** A fresh path for a file with a part of an object. */
  nextPath: () => string;
};

/** One request on its way through an operation. */
export type S3Request = Target & {
  state: S3State;
  request: IncomingMessage;
  response: ServerResponse;
  call: Call;
};

/** The bucket that a request names, once it is asked in the bucket's region and the caller may do this there. */
export function openBucket(
  asked: S3Request,
  action: string,
  resource: "bucket" | "object" = "object",
): Bucket {
  const bucket = asked.state.buckets.get(asked.bucket);
  if (bucket) refuseWrongRegion(asked, bucket);
  const expectedOwner = header(asked, "x-amz-expected-bucket-owner");
  if (bucket && expectedOwner !== undefined && expectedOwner !== bucket.account)
    throw new S3Fault("AccessDenied", 403, "Access Denied");
  authorize(asked, bucket, {
    action,
    key: resource === "object" ? asked.key : undefined,
  });
  if (!bucket)
    throw new S3Fault(
      "NoSuchBucket",
      404,
      "The specified bucket does not exist",
      { details: { BucketName: asked.bucket } },
    );
  return bucket;
}

/** Throws AccessDenied; `key` undefined means the bucket itself. */
export function authorize(
  { call, bucket: name }: S3Request,
  bucket: Bucket | undefined,
  { action, key }: { action: string; key: string | undefined },
): void {
  const arn = `arn:aws:s3:::${name}${key === undefined ? "" : `/${key}`}`;
  call.authorize(action, arn, {
    resourcePolicy: bucket?.policy,
    resourceAccount: bucket?.account,
  });
}

/** Whether the caller may; for answers that depend on it, such as 403 instead of 404. */
export function mayList(asked: S3Request, bucket: Bucket): boolean {
  try {
    authorize(asked, bucket, { action: "s3:ListBucket", key: undefined });
    return true;
  } catch {
    return false;
  }
}

/** A bucket answers in its own region only; elsewhere S3 says where it is, in a header too since a HEAD has no body. */
export function refuseWrongRegion(asked: S3Request, bucket: Bucket): void {
  const signedRegion = asked.call.region;
  if (signedRegion === bucket.region) return;
  const headers = { "x-amz-bucket-region": bucket.region };
  if (asked.globalHost)
    throw new S3Fault(
      "AuthorizationHeaderMalformed",
      400,
      `The authorization header is malformed; the region '${signedRegion}' is wrong; expecting '${bucket.region}'`,
      { details: { Region: bucket.region }, headers },
    );
  throw new S3Fault(
    "PermanentRedirect",
    301,
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    {
      details: {
        Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`,
        Bucket: bucket.name,
      },
      headers,
    },
  );
}

export function header(asked: S3Request, name: string): string | undefined {
  const value = asked.request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

/** Sends a whole answer. XML says so by itself. */
export function answer(
  asked: S3Request,
  status: number,
  {
    headers = {},
    body = "",
  }: { headers?: Record<string, string>; body?: string } = {},
): void {
  const bytes = Buffer.from(body);
  asked.response.writeHead(status, {
    ...commonHeaders(asked),
    ...(body === "" ? {} : { "content-type": "application/xml" }),
    ...(status === 204 ? {} : { "content-length": String(bytes.length) }),
    ...headers,
  });
  asked.response.end(bytes);
}

export function commonHeaders({ call }: S3Request): Record<string, string> {
  return {
    "x-amz-request-id": call.requestId,
    "x-amz-id-2": Buffer.from(call.requestId).toString("base64"),
    server: "AmazonS3",
  };
}
