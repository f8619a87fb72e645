import { bucketArn, fileArn, outputArn } from "./arns.ts";
import {
  hasBucket,
  hasKey,
  passesFiles,
  passesOutput,
  type StatementRecord,
} from "./record.ts";
import type { Kind, PolicySettings } from "./settings.ts";

/** What passes through a bucket: the same for identities and in the bucket's own policy. */
export const objectStatements: readonly StatementRecord[] = [
  {
    sid: "PassFiles",
    kinds: ["copier", "bucket"],
    of: "rundeck",
    purpose: "Larger files on their way to a node (ssm-copier-bucket).",
    isNeeded: forFiles,
    actions: [
      { name: "s3:PutObject", without: "larger files can't be copied" },
      {
        name: "s3:DeleteObject",
        without: "objects are emptied when a copy ends, but stay",
      },
      {
        name: "s3:AbortMultipartUpload",
        without:
          "a large upload that is cut short is completed with what is there, and emptied",
      },
    ],
    resources: (settings) => [fileArn(settings)],
  },
  {
    sid: "FetchFiles",
    kinds: ["node", "bucket"],
    of: "nodes",
    purpose: "Larger files, which a node fetches (ssm-copier-bucket).",
    isNeeded: forFiles,
    actions: [
      {
        name: "s3:GetObject",
        without:
          "a file goes inside commands if it is small enough, or the copy fails",
      },
    ],
    resources: (settings) => [fileArn(settings)],
  },
  {
    sid: "FindFiles",
    kinds: ["node", "bucket"],
    of: "nodes",
    purpose:
      "The same on nodes with neither the AWS CLI nor python3, where the SSM agent fetches files: it lists the bucket. The action is the bucket's, not its objects'.",
    isNeeded: forFiles,
    actions: [
      {
        name: "s3:ListBucket",
        without: "larger files can't be copied to such nodes",
      },
    ],
    resources: (settings) => [bucketArn(settings)],
  },
  {
    sid: "PassOutput",
    kinds: ["executor", "bucket"],
    of: "rundeck",
    purpose:
      "Large output on its way from a node (ssm-output-bucket): Rundeck tries the object, reads it and removes it.",
    isNeeded: forOutput,
    actions: [
      {
        name: "s3:PutObject",
        without:
          "large output comes through Systems Manager, up to ssm-output-limit",
        isNeeded: isNotOfFiles,
      },
      {
        name: "s3:GetObject",
        without:
          "large output comes through Systems Manager, up to ssm-output-limit",
      },
      {
        name: "s3:DeleteObject",
        without: "objects are emptied when they have been read, but stay",
        isNeeded: isNotOfFiles,
      },
    ],
    resources: (settings) => [outputArn(settings)],
  },
  {
    sid: "SendOutput",
    kinds: ["node", "bucket"],
    of: "nodes",
    purpose:
      "Large output, which a node with the AWS CLI sends (ssm-output-bucket).",
    isNeeded: forOutput,
    actions: [
      {
        name: "s3:PutObject",
        without:
          "the node gets a signed address, which AWS's command history keeps",
      },
    ],
    resources: (settings) => [outputArn(settings)],
  },
];

/** Source: KMS Developer Guide, "Allows key administrators to administer the KMS key". */
const managing = [
  "kms:Create*",
  "kms:Describe*",
  "kms:Enable*",
  "kms:List*",
  "kms:Put*",
  "kms:Update*",
  "kms:Revoke*",
  "kms:Disable*",
  "kms:Get*",
  "kms:Delete*",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:ScheduleKeyDeletion",
  "kms:CancelKeyDeletion",
];

/** Objects that a key encrypts: the same for identities and in the key's own policy. */
export const keyStatements: readonly StatementRecord[] = [
  {
    sid: "ManageKey",
    kinds: ["key"],
    of: "account",
    purpose:
      "The key's administrators: whoever the account's own policies let manage it, but not use it. KMS refuses a policy that nobody could change again.",
    actions: managing.map((name) => ({
      name,
      without: "the key can't be managed wholly",
    })),
    resources: thisKey,
  },
  {
    sid: "UseKey",
    kinds: ["executor", "copier", "key"],
    of: "rundeck",
    purpose: "Objects that the key encrypts, as Rundeck puts and reads them.",
    isNeeded: (settings, kind) =>
      hasKey(settings, kind) &&
      (kind !== "executor" || passesOutput(settings)) &&
      (kind !== "copier" || passesFiles(settings)),
    actions: [
      { name: "kms:GenerateDataKey", without: "nothing can be put" },
      {
        name: "kms:Decrypt",
        without: "output can't be read, nor a file over 8 MiB be put",
      },
    ],
    resources: thisKey,
  },
  {
    sid: "UseKeyOnNodes",
    kinds: ["node", "key"],
    of: "nodes",
    purpose: "Objects that the key encrypts, as nodes fetch and send them.",
    isNeeded: hasKey,
    actions: [
      {
        name: "kms:Decrypt",
        without: "files can't be fetched, nor output over 8 MiB be sent",
      },
      {
        name: "kms:GenerateDataKey",
        without: "nodes get a signed address to send output to",
        isNeeded: passesOutput,
      },
    ],
    resources: thisKey,
  },
];

function forFiles(settings: PolicySettings, kind: Kind): boolean {
  return hasBucket(settings, kind) && passesFiles(settings);
}

function forOutput(settings: PolicySettings, kind: Kind): boolean {
  return hasBucket(settings, kind) && passesOutput(settings);
}

/** In a bucket's policy the right to files may hold for the whole bucket, and with it for output. */
function isNotOfFiles(settings: PolicySettings, kind: Kind): boolean {
  const isCovered = settings.prefix === "" && passesFiles(settings);
  return kind !== "bucket" || !isCovered;
}

/** A key's own policy is about that key. */
function thisKey({ kmsKey }: PolicySettings, kind: Kind): readonly string[] {
  return kind === "key" || kmsKey === undefined ? ["*"] : [kmsKey];
}
