import * as z from "zod/mini";
import { partitions } from "../kernel/partition.ts";
import * as values from "../settings/values.ts";
import { bucketUses, kinds, type Kind } from "./settings.ts";

export const formats = ["json", "terraform", "cloudformation"] as const;
export type Format = (typeof formats)[number];

export type PolicyOption = {
  /** What it is called in help. */
  value: string;
  /** What it says, in help. */
  text: string;
  /** The kinds that have a use for it. */
  kinds: readonly Kind[];
  repeats?: true;
};

const rundeck: readonly Kind[] = ["executor", "copier"];
const objects: readonly Kind[] = [...rundeck, "node", "bucket"];

/** The options of `rundeck-ssm policy`, in the order of its help. */
export const policyOptions = {
  account: {
    value: "ID",
    text: "the account of the nodes; for trust, Rundeck's",
    kinds,
  },
  region: { value: "R", text: "the nodes' region", kinds },
  bucket: {
    value: "B",
    text: "ssm-copier-bucket, for executor ssm-output-bucket; for the others, both",
    kinds: objects,
  },
  "bucket-for": {
    value: "files|output|both",
    text: "where --bucket is one of them alone",
    kinds: ["node", "bucket", "key"],
  },
  prefix: {
    value: "P",
    text: "ssm-copier-prefix",
    kinds: ["copier", "node", "bucket"],
  },
  "log-group": {
    value: "G",
    text: "cloudwatch-log-group",
    kinds: ["executor", "node"],
  },
  "kms-key": {
    value: "ARN",
    text: "the key that encrypts the bucket's objects",
    kinds: [...rundeck, "node", "key"],
  },
  tag: {
    value: "K=V",
    text: "nodes with this tag alone; may repeat: of one key any value, of several keys all",
    kinds: rundeck,
    repeats: true,
  },
  document: {
    value: "NAME",
    text: "ssm-document-name, in place of AWS's own two; may repeat",
    kinds: ["executor"],
    repeats: true,
  },
  role: {
    value: "ARN",
    text: "ssm-assume-role-arn: the role that Rundeck assumes",
    kinds: [...rundeck, "bucket", "key", "trust"],
  },
  "external-id": {
    value: "ID",
    text: "ssm-external-id, which trust then asks for",
    kinds: ["trust"],
  },
  sidecar: {
    value: "auto|off",
    text: "ssm-sidecar, where it is not its default",
    kinds: ["executor"],
  },
  partition: {
    value: "P",
    text: "aws, aws-cn, aws-us-gov, aws-eusc; without it the region's",
    kinds,
  },
  format: { value: formats.join("|"), text: "json without it", kinds },
} as const satisfies Record<string, PolicyOption>;

export type OptionName = keyof typeof policyOptions;

export function isPolicyOption(name: string): name is OptionName {
  return Object.hasOwn(policyOptions, name);
}

/** The option, with all that an option may say. */
export function optionOf(name: OptionName): PolicyOption {
  return policyOptions[name];
}

/** An AWS-managed name of a key has no rights of its own. Source: KMS Developer Guide, "Controlling access to aliases". */
const keyArn = z
  .string()
  .check(
    z.regex(
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
      "a key's ARN, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias has no rights of its own",
    ),
  );

/** A variable of a policy's would be looked up by IAM. */
const tag = z
  .string()
  .check(
    z.regex(
      /^(?!aws:)[^=\p{Cc}]{1,128}=(?!.*\$\{)[^\p{Cc}]{0,256}$/u,
      "KEY=VALUE, a tag of the nodes (* and ? in the value stand for any characters)",
    ),
  );

const account = z
  .string()
  .check(z.regex(/^\d{12}$/, "an account's id of 12 digits"));

/** The forms of their values. */
export const optionForms = {
  account,
  region: values.region,
  bucket: values.bucket,
  "bucket-for": values.oneOf(bucketUses),
  prefix: values.keyPrefix,
  "log-group": values.logGroup,
  "kms-key": keyArn,
  tag,
  document: values.documentName,
  role: values.roleArn,
  "external-id": values.externalId,
  sidecar: values.oneOf(["auto", "off"]),
  partition: z.enum(
    partitions,
    `one of: ${partitions.toReversed().join(", ")}`,
  ),
  format: values.oneOf(formats),
} as const satisfies Record<OptionName, z.ZodMiniType>;
