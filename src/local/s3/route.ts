import {
  createBucket,
  deleteBucket,
  deleteBucketPolicy,
  getBucketLocation,
  getBucketPolicy,
  headBucket,
  listBuckets,
  putBucketPolicy,
} from "./buckets.ts";
import {
  getBucketEncryption,
  getBucketLifecycle,
  getBucketVersioning,
  getPublicAccessBlock,
} from "./configuration.ts";
import { S3Fault } from "./fault.ts";
import { getObject } from "./get.ts";
import { listObjects, listObjectsV2 } from "./list.ts";
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
} from "./multipart.ts";
import { putObject } from "./put.ts";
import { deleteObject, deleteObjects } from "./remove.ts";
import type { S3Request } from "./request.ts";
import type { Target } from "./target.ts";
import { listMultipartUploads, listParts } from "./uploads.ts";

export type Operation = (asked: S3Request) => void | Promise<void>;

/** Operations by S3's own name, which is also what access logs and fault rules go by. */
const operations = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketPolicy: getBucketPolicy,
  PutBucketPolicy: putBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketVersioning: getBucketVersioning,
  GetBucketEncryption: getBucketEncryption,
  GetBucketLifecycleConfiguration: getBucketLifecycle,
  GetPublicAccessBlock: getPublicAccessBlock,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ListMultipartUploads: listMultipartUploads,
} satisfies Record<string, Operation>;

export type S3OperationName = keyof typeof operations;

export function operationOf(name: S3OperationName): Operation {
  return operations[name];
}

type Choice = {
  on: "service" | "bucket" | "object";
  method: string;
  sub: string;
};

/** By what is asked (service, bucket, object), the method, and the sub-resource that decides. */
const routes: (Choice & { name: S3OperationName })[] = [
  { on: "service", method: "GET", sub: "", name: "ListBuckets" },
  { on: "bucket", method: "PUT", sub: "", name: "CreateBucket" },
  { on: "bucket", method: "PUT", sub: "policy", name: "PutBucketPolicy" },
  { on: "bucket", method: "GET", sub: "", name: "ListObjects" },
  { on: "bucket", method: "GET", sub: "list-type", name: "ListObjectsV2" },
  { on: "bucket", method: "GET", sub: "location", name: "GetBucketLocation" },
  { on: "bucket", method: "GET", sub: "policy", name: "GetBucketPolicy" },
  {
    on: "bucket",
    method: "GET",
    sub: "versioning",
    name: "GetBucketVersioning",
  },
  {
    on: "bucket",
    method: "GET",
    sub: "encryption",
    name: "GetBucketEncryption",
  },
  {
    on: "bucket",
    method: "GET",
    sub: "lifecycle",
    name: "GetBucketLifecycleConfiguration",
  },
  {
    on: "bucket",
    method: "GET",
    sub: "publicAccessBlock",
    name: "GetPublicAccessBlock",
  },
  { on: "bucket", method: "GET", sub: "uploads", name: "ListMultipartUploads" },
  { on: "bucket", method: "HEAD", sub: "", name: "HeadBucket" },
  { on: "bucket", method: "DELETE", sub: "", name: "DeleteBucket" },
  { on: "bucket", method: "DELETE", sub: "policy", name: "DeleteBucketPolicy" },
  { on: "bucket", method: "POST", sub: "delete", name: "DeleteObjects" },
  { on: "object", method: "PUT", sub: "", name: "PutObject" },
  { on: "object", method: "PUT", sub: "uploadId", name: "UploadPart" },
  { on: "object", method: "GET", sub: "", name: "GetObject" },
  { on: "object", method: "GET", sub: "uploadId", name: "ListParts" },
  { on: "object", method: "HEAD", sub: "", name: "HeadObject" },
  { on: "object", method: "DELETE", sub: "", name: "DeleteObject" },
  {
    on: "object",
    method: "DELETE",
    sub: "uploadId",
    name: "AbortMultipartUpload",
  },
  {
    on: "object",
    method: "POST",
    sub: "uploads",
    name: "CreateMultipartUpload",
  },
  {
    on: "object",
    method: "POST",
    sub: "uploadId",
    name: "CompleteMultipartUpload",
  },
];

const subResources = [
  ...new Set(routes.map(({ sub }) => sub).filter((sub) => sub !== "")),
  // Asked for by clients, answered by nobody here: better refused than taken for a plain GET.
  "acl",
  "attributes",
  "cors",
  "select",
  "tagging",
  "versions",
];

/** S3's name of the operation that a request asks for. */
export function chooseOperation(
  method: string,
  { bucket, key, query }: Target,
): S3OperationName {
  const on = bucket === "" ? "service" : key === "" ? "bucket" : "object";
  const sub = subResources.find((it) => query.has(it)) ?? "";
  const route = routes.find(
    (it) => it.on === on && it.method === method && it.sub === sub,
  );
  if (!route)
    throw sub === ""
      ? new S3Fault(
          "MethodNotAllowed",
          405,
          "The specified method is not allowed against this resource.",
          { details: { Method: method } },
        )
      : new S3Fault(
          "NotImplemented",
          501,
          "A header you provided implies functionality that is not implemented",
          { details: { Header: sub } },
        );
  return route.name;
}
