import { randomUUID } from "node:crypto";
import type { BucketOptions } from "../../aws/bucket.ts";
import { openBucketFacts } from "../../aws/bucket-facts.ts";
import type { BucketFacts } from "../../aws/bucket-facts.ts";
import type { Call } from "../../aws/companions.ts";
import type { Objects } from "../../aws/objects.ts";
import type { Subject } from "../../kernel/errors.ts";
import type { Check, Finding, Need } from "../check.ts";
import type { Context, Party } from "../context.ts";
import { isDenied, probe } from "../probe.ts";
import {
  describeEncryption,
  describeExpiry,
  describePublic,
  describeRegion,
  describeVersioning,
} from "./bucket-words.ts";
import { readFact, tryRight } from "./rights.ts";
import type { Denial, Right } from "./rights.ts";

/** A bucket that a plugin uses, and how. */
export type UsedBucket = {
  /** What its checks are called by: its name, and what it is for where both plugins use it. */
  label: string;
  options: BucketOptions;
  plugin: "executor" | "copier";
  /** What the keys of our objects begin with, its slash included; may be empty. */
  prefix: string;
  needs: readonly Need[];
};

type Opened = {
  context: Context;
  used: UsedBucket;
  subject: Subject;
  /** The node's. */
  region: string;
  objects: Objects;
  facts: BucketFacts;
  /** Nothing has this key. */
  key: string;
};

/** The rights in a bucket, and what its owner has set. Nothing is written: the upload and the object that are asked for are not there. */
export async function tryBucket(
  context: Context,
  party: Party<{ region: string }>,
  used: UsedBucket,
): Promise<Check[]> {
  const { options, prefix } = used;
  const client = party.openClient("s3");
  const opened: Opened = {
    context,
    used,
    subject: party.subject,
    region: party.settings.region,
    objects: await party.services.openObjects(options),
    facts: openBucketFacts(client, options, context.clock),
    key: `${prefix}rundeck-ssm-doctor-${randomUUID()}`,
  };
  try {
    const { check, isThere } = await tryWrite(opened);
    // of a bucket that is not there, or not to be reached, there is no more to tell
    if (!isThere) return [check];
    // asked alone: a client that learns where the bucket is begins anew there, and breaks off what else it does
    const region = await askRegion(opened);
    const rest = [...tryOthers(opened), ...readFacts(opened)];
    return [check, region, ...(await Promise.all(rest))];
  } finally {
    opened.objects.close();
    opened.facts.close();
  }
}

async function tryWrite(
  opened: Opened,
): Promise<{ check: Check; isThere: boolean }> {
  const { objects, key, used } = opened;
  let isThere = false;
  const complete = async (call: Call) => {
    const parts = [{ number: 1, etag: "0".repeat(32) }];
    await objects
      .completeUpload({ key, uploadId: randomUUID(), parts }, call)
      .catch((error: unknown) => {
        isThere = isDenied(error);
        throw error;
      });
    isThere = true;
  };
  const another = `create the bucket, or correct ${used.options.setting}`;
  const write = {
    action: "s3:PutObject",
    remedies: { NoSuchBucket: another, InvalidBucketName: another },
    otherwise: judgeCondition,
    request: complete,
  };
  const right: BucketRight =
    used.plugin === "copier"
      ? {
          ...write,
          without: "problem",
          means: "a file that does not fit into commands can't be copied",
        }
      : {
          ...write,
          without: "warning",
          means:
            "large output comes through Systems Manager, up to ssm-output-limit",
        };
  const check = await tryOne(opened, right);
  return { check, isThere };
}

/** A bucket's policy may deny what comes without its encryption, and an upload that is not there has none. */
function judgeCondition({ reason = "" }: Denial): Finding | undefined {
  if (!/explicit deny in a resource-based policy/.test(reason))
    return undefined;
  return {
    state: "unknown",
    says: "a statement of the bucket's policy denies it: always, or only what comes without the encryption that it demands, which only a copy tells",
    remedy:
      "look at the bucket's policy, and run a copy; rundeck-ssm policy bucket prints what it needs",
  };
}

type BucketRight = Omit<Right, "policy"> & {
  request: (call: Call) => Promise<unknown>;
};

function tryOne(opened: Opened, right: BucketRight): Promise<Check> {
  const { plugin: policy } = opened.used;
  return ask(opened, right.action, (call) =>
    tryRight({ ...right, policy }, () => right.request(call)),
  );
}

function tryOthers(opened: Opened): Promise<Check>[] {
  const { objects, facts, key, used } = opened;
  const remove: BucketRight = {
    action: "s3:DeleteObject",
    without: "warning",
    means: "an object that something passed through is emptied, not removed",
    request: (call) => facts.tryRemove(key, call),
  };
  const abort: BucketRight = {
    action: "s3:AbortMultipartUpload",
    without: "warning",
    means: "the parts of an upload that fails stay in the bucket, unseen",
    request: (call) =>
      objects.abortUpload({ key, uploadId: randomUUID() }, call),
  };
  const read: BucketRight = {
    action: "s3:GetObject",
    without: "warning",
    means: "large output comes through Systems Manager, up to ssm-output-limit",
    proofs: ["NoSuchKey"],
    otherwise: judgeMissing,
    request: (call) => readAll(objects, key, call),
  };
  const rights = used.plugin === "copier" ? [remove, abort] : [remove, read];
  return rights.map((right) => tryOne(opened, right));
}

async function readAll(
  objects: Objects,
  key: string,
  call: Call,
): Promise<void> {
  for await (const _ of await objects.read(key, call));
}

/** Of an object that is not there S3 tells only whoever may list the bucket: others are denied that, and may read. */
function judgeMissing({ action }: Denial): Finding | undefined {
  if (action === "s3:GetObject") return undefined;
  if (action === "s3:ListBucket") return { state: "ok", says: "allowed" };
  return {
    state: "unknown",
    says: "S3 does not tell it of an object that is not there, unless s3:ListBucket is allowed",
  };
}

/** S3 tells where a bucket is also by a refusal. */
function askRegion(opened: Opened): Promise<Check> {
  const { facts, region, used, context } = opened;
  const { known } = context;
  return ask(opened, "region", async (call) => {
    await facts.versioning(call).catch(unlessDenied);
    known.bucketRegions ??= new Map();
    known.bucketRegions.set(used.options.bucket, facts.region());
    return describeRegion(facts.region(), region);
  });
}

/** Each has a right of its own, which no run needs. */
function readFacts(opened: Opened): Promise<Check>[] {
  const { facts, used } = opened;
  const { prefix, plugin, options } = used;
  const uploads = plugin === "copier" ? "in-parts" : "whole";
  const tell = (
    name: string,
    action: string,
    read: (call: Call) => Promise<Finding>,
  ) => ask(opened, name, (call) => readFact(action, () => read(call)));
  return [
    tell("encryption", "s3:GetEncryptionConfiguration", async (call) =>
      describeEncryption(await facts.encryption(call), options.kmsKey),
    ),
    tell("versioning", "s3:GetBucketVersioning", async (call) => {
      const versioning = await facts.versioning(call);
      const rules = await facts.expiry(call).catch(unlessDenied);
      return describeVersioning(versioning, rules ?? [], prefix);
    }),
    tell("lifecycle", "s3:GetLifecycleConfiguration", async (call) =>
      describeExpiry(await facts.expiry(call), prefix, uploads),
    ),
    tell("public access", "s3:GetBucketPublicAccessBlock", async (call) =>
      describePublic(await facts.openToPublic(call)),
    ),
  ];
}

function unlessDenied(error: unknown): undefined {
  if (!isDenied(error)) throw error;
}

function ask(
  { context, used, subject }: Opened,
  name: string,
  work: (call: Call) => Promise<Finding>,
): Promise<Check> {
  const { label, needs } = used;
  const question = {
    stage: "permissions" as const,
    name: `${label}: ${name}`,
    subject,
    needs,
  };
  return probe(context, question, work);
}
