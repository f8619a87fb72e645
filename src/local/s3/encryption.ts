import { S3Fault } from "./fault.ts";
import { header, type S3Request } from "./request.ts";
import type { Bucket } from "./store.ts";

const algorithmHeader = "x-amz-server-side-encryption";
const keyHeader = "x-amz-server-side-encryption-aws-kms-key-id";
const bucketKeyHeader = "x-amz-server-side-encryption-bucket-key-enabled";

/** The key that something is encrypted with, if it is one of KMS. */
export function keyOf(encryption: Record<string, string>): string | undefined {
  return encryption[keyHeader];
}

/** How an upload is encrypted, as the headers that every later answer repeats. Nothing asked means the bucket's default. */
export function chooseEncryption(
  asked: S3Request,
  bucket: Bucket,
): Record<string, string> {
  const algorithm = header(asked, algorithmHeader);
  const key = header(asked, keyHeader);
  const kms = algorithm === "aws:kms" || algorithm === "aws:kms:dsse";
  if (algorithm !== undefined && !kms && algorithm !== "AES256")
    throw invalidArgument("The encryption method specified is not supported");
  if (key !== undefined && !kms)
    throw invalidArgument(
      "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    );
  const chosenKey =
    algorithm === undefined ? bucket.defaultKmsKey : kms ? key : undefined;
  refuseOtherKey(bucket, kms, key);
  if (!kms && chosenKey === undefined) return { [algorithmHeader]: "AES256" };
  const arn = keyArn(chosenKey ?? "alias/aws/s3", bucket);
  asked.state.keys.authorize(asked.call, "kms:GenerateDataKey", arn);
  return {
    [algorithmHeader]: algorithm ?? "aws:kms",
    [keyHeader]: arn,
    ...(header(asked, bucketKeyHeader) === "true"
      ? { [bucketKeyHeader]: "true" }
      : {}),
  };
}

/** As a bucket policy does that denies whatever is not encrypted with its key: the request must say it, a default does not count. */
function refuseOtherKey(
  { demandKmsKey, ...bucket }: Bucket,
  kms: boolean,
  key: string | undefined,
): void {
  if (demandKmsKey === undefined) return;
  const satisfied =
    kms &&
    (demandKmsKey === "kms" ||
      (key !== undefined &&
        keyArn(key, bucket) === keyArn(demandKmsKey, bucket)));
  if (!satisfied) throw new S3Fault("AccessDenied", 403, "Access Denied");
}

/** S3 answers with the key's ARN, however the client named it. */
function keyArn(
  key: string,
  { region, account }: Pick<Bucket, "region" | "account">,
): string {
  if (key.startsWith("arn:")) return key;
  const resource = key.startsWith("alias/") ? key : `key/${key}`;
  return `arn:aws:kms:${region}:${account}:${resource}`;
}

function invalidArgument(message: string): S3Fault {
  return new S3Fault("InvalidArgument", 400, message, {
    details: { ArgumentName: algorithmHeader },
  });
}
