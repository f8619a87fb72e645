import type { PolicyDocument } from "../protocol.ts";

export type BucketOptions = {
  region?: string;
  account?: string;
  policy?: PolicyDocument;
  /** Uploads must ask for SSE-KMS: `kms` for any key, otherwise this key's id or ARN. */
  demandKmsKey?: string;
  /** The key for uploads that ask for no encryption of their own. */
  defaultKmsKey?: string;
  /** What the bucket's configuration says; the local S3 itself keeps no versions and expires nothing. Absent: nothing is set. */
  versioning?: "Enabled" | "Suspended";
  lifecycle?: LifecycleRule[];
  publicAccessBlock?: PublicAccessBlock;
};

/** A rule of a bucket's lifecycle. `prefix` empty or absent: all keys. */
export type LifecycleRule = {
  id?: string;
  prefix?: string;
  status?: "Enabled" | "Disabled";
  expirationDays?: number;
  noncurrentDays?: number;
  abortUploadsDays?: number;
};

export type PublicAccessBlock = {
  BlockPublicAcls: boolean;
  IgnorePublicAcls: boolean;
  BlockPublicPolicy: boolean;
  RestrictPublicBuckets: boolean;
};
