import { placeholders, type PolicySettings } from "./settings.ts";

/** A region and an account as ARNs have them; what was not given is any. */
function scopeOf({ region = "*", account = "*" }: PolicySettings): string {
  return `${region}:${account}`;
}

/** Nodes of EC2, and hybrid ones (`mi-…`). */
export function nodeArns(settings: PolicySettings): string[] {
  const { partition } = settings;
  const scope = scopeOf(settings);
  return [
    `arn:${partition}:ec2:${scope}:instance/*`,
    `arn:${partition}:ssm:${scope}:managed-instance/*`,
  ];
}

/** AWS keeps these beginnings for documents of its own, which belong to no account. Source: SSM API reference, CreateDocument, Name. */
const isOfAws = /^(?:aws|amazon|amzn)/i;

export function documentArn(settings: PolicySettings, name: string): string {
  if (name.startsWith("arn:")) return name;
  const { partition, region = "*", account = "*" } = settings;
  const owner = isOfAws.test(name) ? "" : account;
  return `arn:${partition}:ssm:${region}:${owner}:document/${name}`;
}

/** The group with its streams. Source: CloudWatch Logs User Guide, "IAM": the `:*` at the end counts for actions on either. */
export function logGroupArn(settings: PolicySettings, name: string): string {
  return `arn:${settings.partition}:logs:${scopeOf(settings)}:log-group:${name}:*`;
}

export function bucketName({ bucket }: PolicySettings): string {
  return bucket ?? placeholders.bucket;
}

export function bucketArn(settings: PolicySettings): string {
  return `arn:${settings.partition}:s3:::${bucketName(settings)}`;
}

/** What files are passed by. */
export function fileArn(settings: PolicySettings): string {
  const { prefix } = settings;
  return `${bucketArn(settings)}/${prefix === "" ? "" : `${prefix}/`}*`;
}

/** What large output is passed by: its keys' beginning is fixed. */
export function outputArn(settings: PolicySettings): string {
  return `${bucketArn(settings)}/rundeck-ssm-output/*`;
}

/** An identity of IAM: "root", "role/NAME". */
export function iamArn(
  { partition }: PolicySettings,
  account: string | undefined,
  resource: string,
): string {
  return `arn:${partition}:iam::${account ?? placeholders.account}:${resource}`;
}

export function keyArn({
  partition,
  region,
  account,
  kmsKey,
}: PolicySettings): string {
  return (
    kmsKey ??
    `arn:${partition}:kms:${region ?? placeholders.region}:${account ?? placeholders.account}:key/${placeholders.key}`
  );
}

/** The account of an ARN. */
export function accountOf(arn: string | undefined): string | undefined {
  return arn?.split(":")[4];
}
