import {
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { Clock } from "../kernel/clock.ts";
import { openBucket } from "./bucket.ts";
import type { BucketOptions } from "./bucket.ts";
import type { Call } from "./companions.ts";
import type { ClientOptions } from "./clients.ts";
import { errorName } from "./failure.ts";

/** A rule of a bucket's lifecycle that is in force, as far as it concerns what a copy may leave. */
export type ExpiryRule = {
  /** What the keys begin with that it is for; empty for all. */
  prefix: string;
  expires: boolean;
  expiresOldVersions: boolean;
  abortsUploads: boolean;
};

/** What a bucket's owner has set. Each call is one request with a right of its own; all throw translated `BridgeError`s. */
export type BucketFacts = {
  /** Resolves if objects may be removed: asks to remove one, if it is there. */
  tryRemove(key: string, call: Call): Promise<void>;
  versioning(call: Call): Promise<"Enabled" | "Suspended" | "off">;
  encryption(call: Call): Promise<{ algorithm: string; key?: string }>;
  expiry(call: Call): Promise<readonly ExpiryRule[]>;
  /** Those of the four blocks of public access that are not set. */
  openToPublic(call: Call): Promise<readonly string[]>;
  /** Where the bucket is, as far as S3 has told: at first the region that we were opened with. */
  region(): string;
  close(): void;
};

/** Opens a bucket, wherever it is. Nothing is sent until the first call. */
export function openBucketFacts(
  options: ClientOptions,
  { bucket, setting }: BucketOptions,
  clock: Clock,
): BucketFacts {
  const { ask, current, close } = openBucket(
    options,
    { bucket, setting },
    clock,
  );
  const Bucket = bucket;
  return {
    tryRemove: (Key, call) =>
      ask("s3:DeleteObject", call, async (client, limits) => {
        // the condition keeps a versioned bucket from noting that something was removed
        const input = { Bucket, Key, IfMatch: "*" };
        await client
          .send(new DeleteObjectCommand(input), limits)
          .catch(unless("PreconditionFailed", "NoSuchKey", "NotFound"));
      }),
    versioning: (call) =>
      ask("s3:GetBucketVersioning", call, async (client, limits) => {
        const command = new GetBucketVersioningCommand({ Bucket });
        return (await client.send(command, limits)).Status ?? "off";
      }),
    encryption: (call) =>
      ask("s3:GetEncryptionConfiguration", call, async (client, limits) => {
        const command = new GetBucketEncryptionCommand({ Bucket });
        const answer = await client.send(command, limits);
        const [rule] = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
        const { SSEAlgorithm = "AES256", KMSMasterKeyID: key } =
          rule?.ApplyServerSideEncryptionByDefault ?? {};
        return { algorithm: SSEAlgorithm, ...(key ? { key } : {}) };
      }),
    expiry: (call) =>
      ask("s3:GetLifecycleConfiguration", call, async (client, limits) => {
        const command = new GetBucketLifecycleConfigurationCommand({ Bucket });
        const answer = await client
          .send(command, limits)
          .catch(unless("NoSuchLifecycleConfiguration"));
        return (answer?.Rules ?? []).flatMap(viewRule);
      }),
    openToPublic: (call) =>
      ask("s3:GetBucketPublicAccessBlock", call, async (client, limits) => {
        const command = new GetPublicAccessBlockCommand({ Bucket });
        const answer = await client
          .send(command, limits)
          .catch(unless("NoSuchPublicAccessBlockConfiguration"));
        const set = answer?.PublicAccessBlockConfiguration ?? {};
        return blocks.filter((block) => set[block] !== true);
      }),
    region: () => current().region,
    close,
  };
}

const blocks = [
  "BlockPublicAcls",
  "IgnorePublicAcls",
  "BlockPublicPolicy",
  "RestrictPublicBuckets",
] as const;

/** An error of one of these names is an answer, too. */
function unless(...names: readonly string[]) {
  return (error: unknown): undefined => {
    if (!names.includes(errorName(error))) throw error;
  };
}

/** A rule for some objects alone, by tag or size, is none for all that may be left. */
function viewRule(rule: LifecycleRule): ExpiryRule[] {
  const { Filter: filter, Prefix: old } = rule;
  const isForSome =
    filter?.Tag !== undefined ||
    filter?.And !== undefined ||
    filter?.ObjectSizeGreaterThan !== undefined ||
    filter?.ObjectSizeLessThan !== undefined;
  if (rule.Status !== "Enabled" || isForSome) return [];
  const { Expiration: end, NoncurrentVersionExpiration: oldEnd } = rule;
  return [
    {
      prefix: filter?.Prefix ?? old ?? "",
      expires: end?.Days !== undefined,
      expiresOldVersions: oldEnd?.NoncurrentDays !== undefined,
      abortsUploads:
        rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation !== undefined,
    },
  ];
}
