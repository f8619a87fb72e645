import type { ExpiryRule } from "../../aws/bucket-facts.ts";
import type { Finding } from "../check.ts";

/** What a bucket's configuration means for what passes through it. */

export function describeRegion(bucket: string, node: string): Finding {
  if (bucket === node) return { state: "ok", says: `${bucket}, as the node's` };
  return {
    state: "warning",
    says: `the bucket is in ${bucket}, the node in ${node}: what passes through it is slower and is charged, and a node that reaches S3 only by a gateway endpoint does not reach it`,
    remedy: `use a bucket in ${node}`,
  };
}

export function describeEncryption(
  { algorithm, key }: { algorithm: string; key?: string },
  ownKey: string | undefined,
): Finding {
  const used = ownKey ?? (algorithm.startsWith("aws:kms") ? key : undefined);
  if (used === undefined && !algorithm.startsWith("aws:kms"))
    return { state: "ok", says: `${algorithm}, with keys of S3's own` };
  return {
    state: "unknown",
    says: `${algorithm} with the KMS key ${used ?? "aws/s3"}: whether we may write with it and the node's role may read, only a copy tells`,
    remedy:
      "allow kms:GenerateDataKey and kms:Decrypt on the key to Rundeck's credentials, and kms:Decrypt to the node's role; rundeck-ssm policy key prints the statements",
  };
}

/** `prefix`: what the keys begin with; empty for all of the bucket. */
export function describeVersioning(
  versioning: "Enabled" | "Suspended" | "off",
  rules: readonly ExpiryRule[],
  prefix: string,
): Finding {
  if (versioning === "off")
    return { state: "ok", says: "off: what is removed is gone" };
  const isExpired = rulesFor(rules, prefix).some(
    ({ expiresOldVersions }) => expiresOldVersions,
  );
  if (isExpired)
    return {
      state: "ok",
      says: `${versioning}, and a lifecycle rule expires old versions`,
    };
  return {
    state: "warning",
    says: `${versioning}: an old version of what passed through stays, unless s3:DeleteObjectVersion is allowed`,
    remedy: `add a lifecycle rule that expires noncurrent versions ${under(prefix)} after 1 day, or allow s3:DeleteObjectVersion`,
  };
}

/** What a run that was cut off can't remove is left to the bucket. */
export function describeExpiry(
  rules: readonly ExpiryRule[],
  prefix: string,
  uploads: "in-parts" | "whole",
): Finding {
  const own = rulesFor(rules, prefix);
  const expires = own.some((rule) => rule.expires);
  const aborts = uploads === "whole" || own.some((rule) => rule.abortsUploads);
  if (expires && aborts)
    return {
      state: "ok",
      says: `a rule removes what is left ${under(prefix)}`,
    };
  const missing = [
    ...(expires ? [] : ["expires objects"]),
    ...(aborts ? [] : ["ends incomplete multipart uploads"]),
  ].join(" or ");
  return {
    state: "warning",
    says: `no lifecycle rule ${missing} ${under(prefix)}: what a run leaves that was cut off stays for ever`,
    remedy: `add a rule for ${prefix === "" ? "the bucket" : `the prefix ${prefix}`}: expire objects after 1 day${uploads === "in-parts" ? ", abort incomplete multipart uploads after 1 day" : ""}${prefix === "" ? "; where others use the bucket, too, set ssm-copier-prefix first" : ""}`,
  };
}

export function describePublic(open: readonly string[]): Finding {
  if (open.length === 0)
    return { state: "ok", says: "blocked by all four settings" };
  return {
    state: "warning",
    says: `the bucket's own ${open.join(", ")} ${open.length === 1 ? "is" : "are"} off (the account may block it)`,
    remedy: "set all four blocks of public access for the bucket",
  };
}

function rulesFor(
  rules: readonly ExpiryRule[],
  prefix: string,
): readonly ExpiryRule[] {
  return rules.filter((rule) => prefix.startsWith(rule.prefix));
}

function under(prefix: string): string {
  return prefix === "" ? "in the bucket" : `under ${prefix}`;
}
