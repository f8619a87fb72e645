import { BridgeError } from "../kernel/errors.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import type { Answer, Step, WayResult } from "./answer.ts";

type Failed = Extract<Answer, { kind: "failed" }>;

/** What a step's failure means, and what to change. */
const meanings: Readonly<Record<Step, readonly [ErrorCode, string]>> = {
  "no-user": [
    "setting-invalid",
    "the node has no user of the name that ssm-run-as gives",
  ],
  link: [
    "transfer-failed",
    "the destination is a symbolic link that leads nowhere",
  ],
  path: ["setting-invalid", "the destination is no path there"],
  directory: ["transfer-failed", "there is a folder of the file's name"],
  folder: [
    "transfer-failed",
    "the destination's folder does not exist and can't be made",
  ],
  write: ["transfer-failed", "the destination's folder can't be written to"],
  "no-gunzip": [
    "transfer-failed",
    "the node has no gzip, python3 or perl to unpack it; install gzip",
  ],
  "no-sha256": [
    "transfer-failed",
    "the node has none of sha256sum, shasum, openssl, python3 and perl to verify it; install one",
  ],
  damaged: [
    "transfer-failed",
    "what arrived is not what was sent (SHA-256 differs), so nothing was put in its place",
  ],
  owner: [
    "transfer-failed",
    "the file can't be given to the user of ssm-run-as",
  ],
  mode: [
    "transfer-failed",
    "the file can't be given the mode of ssm-copier-file-mode",
  ],
  rename: [
    "transfer-failed",
    "the file can't be put in its place; what was there before is untouched",
  ],
};

/** The error for a step that failed on the node. */
export function explainFailure(
  target: string,
  { step, said }: Failed,
): BridgeError {
  const [code, meaning] = meanings[step];
  return new BridgeError(
    code,
    `${target}: ${meaning}${said === "" ? "" : ` (${said})`}`,
  );
}

/** The words for what became of each way; how it failed there is AWS's or the tool's matter. */
const wayNames: Readonly<Record<string, string>> = {
  cli: "AWS CLI with the node's role",
  tools: "AWS Tools for PowerShell with the node's role",
  python: "python3 with the node's role",
  agent: "SSM agent",
};

/** The error for an object that no way could fetch. */
export function explainStuck(
  target: string,
  bucket: string,
  { tried, said }: { tried: readonly WayResult[]; said: string },
): BridgeError {
  const ways = tried
    .filter(({ how }) => how !== "absent")
    .map(
      ({ way, how }) => `${wayNames[way] ?? `presigned URL by ${way}`}: ${how}`,
    )
    .join(", ");
  const denied = tried.some(({ how }) => how === "denied");
  return new BridgeError(
    denied ? "access-denied" : "transfer-failed",
    `${target}: the node could not fetch the file from bucket ${bucket} (${ways === "" ? "it has no tool for it" : ways}${said === "" ? "" : `; ${said}`}); allow s3:GetObject on arn:aws:s3:::${bucket}/* to the node's role (and s3:ListBucket on arn:aws:s3:::${bucket} for nodes without AWS CLI and python3; kms:Decrypt if the bucket uses a KMS key), and check that the node reaches S3`,
  );
}
