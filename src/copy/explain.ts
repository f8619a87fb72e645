import { BridgeError } from "../kernel/errors.ts";
import { partitionOf } from "../kernel/partition.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import type { Answer, Step, WayResult } from "./answer.ts";
import type { Destination } from "./request.ts";

type Failed = Extract<Answer, { kind: "failed" }>;

/** What a step's failure means, and what to change. */
const meanings: Readonly<Record<Step, readonly [ErrorCode, string]>> = {
  "no-user": [
    "setting-invalid",
    "the node has no user of the name that ssm-run-as gives",
  ],
  "no-switch": [
    "setting-invalid",
    "the node has none of setpriv, runuser, sudo, su, python3 and perl to put the file there as the user of ssm-run-as; install one, or remove the setting",
  ],
  "no-home": [
    "setting-invalid",
    "the node has no such user, or no folder that is its home; begin the path with /",
  ],
  language: [
    "transfer-failed",
    "PowerShell runs in Constrained Language mode there (a policy of WDAC or AppLocker), in which no file can be written byte by byte; let the policy allow the SSM agent's scripts",
  ],
  name: [
    "setting-invalid",
    "the destination is a folder there, in which no file can have this one's name",
  ],
  "windows-link": [
    "transfer-failed",
    "the destination is a symbolic link, which is not followed on Windows; give the path that it leads to",
  ],
  link: [
    "transfer-failed",
    "the destination is a symbolic link that leads nowhere",
  ],
  loop: [
    "transfer-failed",
    "the destination is a symbolic link that leads in a circle, or over more than 40 others",
  ],
  path: ["setting-invalid", "the destination is no path there"],
  directory: ["transfer-failed", "there is a folder of the file's name"],
  folder: [
    "transfer-failed",
    "the destination's folder can't be made or entered",
  ],
  special: [
    "transfer-failed",
    "there is a device, a pipe or a socket, which a file must not replace",
  ],
  foreign: [
    "transfer-failed",
    "in a folder where everybody may write, another user has put a link or file of this name, which is not trusted; remove it, or choose another destination",
  ],
  write: ["transfer-failed", "the destination's folder can't be written to"],
  private: [
    "transfer-failed",
    "a folder made beside it belongs to another user, or others may write to it, as on some mounts (vfat, CIFS, NFS with root_squash), so no file can be put together in it; set ssm-run-as to that user, or choose another destination",
  ],
  "no-base64": [
    "transfer-failed",
    "the node has none of base64, openssl, python3, perl and awk to decode it; install one",
  ],
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
    "the file can't be given the owner of the one that it would replace",
  ],
  mode: ["transfer-failed", "the file can't be given its mode"],
  rename: [
    "transfer-failed",
    "the file can't be put in its place; what was there before is untouched",
  ],
};

/** What may fail for a user, and not for root. */
const actsAsUser: ReadonlySet<Step> = new Set(["folder", "write"]);

/** What ENOSPC and EDQUOT are called there, and what Windows says. */
const isFull =
  /No space left on device|Disk quota exceeded|not enough space on the disk/;

/** `ssm-run-as` with its value and layer; undefined where it is not set. */
export function nameRunAs({
  runAs,
  runAsLayer,
}: Destination): string | undefined {
  return runAs === undefined
    ? undefined
    : `ssm-run-as (${JSON.stringify(runAs)}, ${runAsLayer ?? "set"})`;
}

/** The error for a step that failed on the node. */
export function explainFailure(
  { target, to }: { target: string; to: Destination },
  { step, said }: Failed,
): BridgeError {
  const words = said === "" ? "" : ` (${said})`;
  const tell = (code: ErrorCode, meaning: string) =>
    new BridgeError(
      code,
      `${target}: ${JSON.stringify(to.path)}: ${meaning}${words}`,
    );
  if (isFull.test(said))
    return tell("transfer-failed", "no room for it on the node");
  const [code, meaning] = meanings[step];
  const setting = nameRunAs(to);
  if (setting === undefined) return tell(code, meaning);
  const acting = actsAsUser.has(step) ? " by the user of ssm-run-as" : "";
  return tell(
    code,
    `${meaning}${acting}`.replace("ssm-run-as", () => setting),
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
  { bucket, region }: { bucket: string; region: string },
  { tried, said }: { tried: readonly WayResult[]; said: string },
): BridgeError {
  const ways = tried
    .filter(({ how }) => how !== "absent")
    .map(
      ({ way, how }) => `${wayNames[way] ?? `presigned URL by ${way}`}: ${how}`,
    )
    .join(", ");
  const arn = `arn:${partitionOf(region)}:s3:::${bucket}`;
  const denied = tried.some(({ how }) => how === "denied");
  return new BridgeError(
    denied ? "access-denied" : "transfer-failed",
    `${target}: the node could not fetch the file from bucket ${bucket} (${ways === "" ? "it has no tool for it" : ways}${said === "" ? "" : `; ${said}`}); allow s3:GetObject on ${arn}/* to the node's role (and s3:ListBucket on ${arn} for nodes without AWS CLI and python3; kms:Decrypt if the bucket uses a KMS key), and check that the node reaches S3`,
  );
}
