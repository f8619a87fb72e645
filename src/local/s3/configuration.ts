import type { LifecycleRule } from "./bucket-options.ts";
import { S3Fault } from "./fault.ts";
import { answer, openBucket, type S3Request } from "./request.ts";
import type { Bucket } from "./store.ts";
import { s3Document, type XmlContent } from "./xml.ts";

/** What a bucket's configuration says, each part with a right of its own. Source: S3 API reference; IAM's list of S3's actions. */

/** Of a bucket whose versioning nobody ever set the document is empty. */
export function getBucketVersioning(asked: S3Request): void {
  const { versioning } = openBucket(asked, "s3:GetBucketVersioning", "bucket");
  const set = versioning ? { Status: versioning } : {};
  tell(asked, "VersioningConfiguration", set);
}

/** Every bucket has a default: S3's own keys, where nobody chose others. */
export function getBucketEncryption(asked: S3Request): void {
  const action = "s3:GetEncryptionConfiguration";
  const { defaultKmsKey } = openBucket(asked, action, "bucket");
  tell(asked, "ServerSideEncryptionConfiguration", {
    Rule: {
      ApplyServerSideEncryptionByDefault:
        defaultKmsKey === undefined
          ? { SSEAlgorithm: "AES256" }
          : { SSEAlgorithm: "aws:kms", KMSMasterKeyID: defaultKmsKey },
      BucketKeyEnabled: false,
    },
  });
}

export function getBucketLifecycle(asked: S3Request): void {
  const action = "s3:GetLifecycleConfiguration";
  const bucket = openBucket(asked, action, "bucket");
  if (!bucket.lifecycle)
    throw missing(
      bucket,
      "NoSuchLifecycleConfiguration",
      "The lifecycle configuration does not exist",
    );
  tell(asked, "LifecycleConfiguration", {
    Rule: bucket.lifecycle.map(viewRule),
  });
}

export function getPublicAccessBlock(asked: S3Request): void {
  const action = "s3:GetBucketPublicAccessBlock";
  const bucket = openBucket(asked, action, "bucket");
  if (!bucket.publicAccessBlock)
    throw missing(
      bucket,
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found",
    );
  tell(asked, "PublicAccessBlockConfiguration", bucket.publicAccessBlock);
}

function viewRule(rule: LifecycleRule, index: number): XmlContent {
  const { id, prefix, expirationDays, noncurrentDays, abortUploadsDays } = rule;
  return {
    ID: id ?? `rule-${index + 1}`,
    Filter: { Prefix: prefix ?? "" },
    Status: rule.status ?? "Enabled",
    ...(expirationDays === undefined
      ? {}
      : { Expiration: { Days: expirationDays } }),
    ...(noncurrentDays === undefined
      ? {}
      : { NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays } }),
    ...(abortUploadsDays === undefined
      ? {}
      : {
          AbortIncompleteMultipartUpload: {
            DaysAfterInitiation: abortUploadsDays,
          },
        }),
  };
}

function missing({ name }: Bucket, code: string, message: string): S3Fault {
  return new S3Fault(code, 404, message, { details: { BucketName: name } });
}

function tell(asked: S3Request, name: string, content: XmlContent): void {
  answer(asked, 200, { body: s3Document(name, content) });
}
