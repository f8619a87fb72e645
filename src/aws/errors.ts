import { BridgeError } from "../kernel/errors.ts";
import type { ErrorCode } from "../kernel/errors.ts";

/** What a call was about, for its error's one line. */
export type CallContext = {
  /** IAM's name of the action, `ssm:SendCommand`. */
  action: string;
  /** Node and region in words: "node web-1 (i-…, us-east-1)". */
  target: string;
};

/** What a call to AWS can fail with. */
type AwsCode = Extract<
  ErrorCode,
  | `aws-${string}`
  | "access-denied"
  | "credentials-invalid"
  | "node-unreachable"
  | "setting-invalid"
  | "defect"
>;

/**
 * AWS's refusals by error name, never by message text. Source: the service models' error shapes, and the "Common errors"
 * pages of the SSM, CloudWatch Logs, S3 and STS API references.
 */
const codesByName: Readonly<Record<string, AwsCode>> = {
  ThrottlingException: "aws-throttled",
  Throttling: "aws-throttled",
  ThrottledException: "aws-throttled",
  RequestThrottledException: "aws-throttled",
  RequestThrottled: "aws-throttled",
  TooManyRequestsException: "aws-throttled",
  RequestLimitExceeded: "aws-throttled",
  SlowDown: "aws-throttled",
  PriorRequestNotComplete: "aws-throttled",
  AccessDeniedException: "access-denied",
  AccessDenied: "access-denied",
  UnauthorizedOperation: "access-denied",
  NotAuthorized: "access-denied",
  OptInRequired: "access-denied",
  UnrecognizedClientException: "credentials-invalid",
  InvalidClientTokenId: "credentials-invalid",
  InvalidAccessKeyId: "credentials-invalid",
  InvalidSignatureException: "credentials-invalid",
  SignatureDoesNotMatch: "credentials-invalid",
  IncompleteSignature: "credentials-invalid",
  MissingAuthenticationTokenException: "credentials-invalid",
  ExpiredTokenException: "credentials-invalid",
  ExpiredToken: "credentials-invalid",
  RequestExpired: "credentials-invalid",
  RequestTimeTooSkewed: "credentials-invalid",
  CredentialsProviderError: "credentials-invalid",
  TokenProviderError: "credentials-invalid",
  ProviderError: "credentials-invalid",
  InvalidInstanceId: "node-unreachable",
  UnsupportedPlatformType: "setting-invalid",
  InvalidDocument: "setting-invalid",
  InvalidDocumentVersion: "setting-invalid",
  InvalidParameters: "setting-invalid",
  MaxDocumentSizeExceeded: "setting-invalid",
  ValidationException: "setting-invalid",
  NoSuchBucket: "setting-invalid",
  InvalidBucketName: "setting-invalid",
  PermanentRedirect: "setting-invalid",
  "KMS.NotFoundException": "setting-invalid",
  "KMS.DisabledException": "setting-invalid",
  "KMS.KMSInvalidStateException": "setting-invalid",
  RequestTimeout: "aws-silent",
  BadDigest: "aws-failing",
  IncompleteBody: "aws-failing",
  XAmzContentSHA256Mismatch: "aws-failing",
  UnknownOperationException: "aws-unreachable",
};

/** Failures before the request can have reached AWS: nothing was done there. Source: Node's error codes (`errno(3)`, `dns`). */
const neverConnected = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** The error in our words. `signal` is ours, so its abort is passed through untouched. */
export function translate(error: unknown, context: CallContext): BridgeError {
  if (error instanceof BridgeError) return error;
  const code = classify(error);
  return new BridgeError(code, explain(code, error, context), { cause: error });
}

/** AWS's own name for an error (`InvocationDoesNotExist`), or Node's. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function classify(error: unknown): AwsCode {
  const known = codesByName[errorName(error)];
  if (known) return known;
  const status = httpStatus(error);
  if (status === 429) return "aws-throttled";
  if (status === 403 || status === 401) return "access-denied";
  if (status !== undefined && status >= 400 && status < 500) return "defect";
  if (status !== undefined && status >= 500) return "aws-failing";
  return neverConnected.has(networkCode(error))
    ? "aws-unreachable"
    : "aws-silent";
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const metadata: unknown = Reflect.get(error, "$metadata");
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const status: unknown = Reflect.get(metadata, "httpStatusCode");
  return typeof status === "number" ? status : undefined;
}

/** Node's error code, or that of the first of several addresses that were tried (`AggregateError`). */
function networkCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const code: unknown = Reflect.get(error, "code");
  if (typeof code === "string") return code;
  return error instanceof AggregateError ? networkCode(error.errors[0]) : "";
}

function explain(
  code: AwsCode,
  error: unknown,
  { action, target }: CallContext,
): string {
  const name = errorName(error);
  switch (code) {
    case "aws-throttled":
      return `${target}: AWS throttled ${action} (${name}) until there was no time left; lower the job's thread count or ask AWS for a higher rate`;
    case "aws-failing":
      return `${target}: AWS failed to answer ${action} (HTTP ${httpStatus(error) ?? "?"}, ${name}) until there was no time left`;
    case "aws-silent":
      return `${target}: no answer from AWS to ${action} (${networkCode(error) || name})`;
    case "aws-unreachable":
      return `${target}: can't connect to AWS for ${action} (${networkCode(error) || name}${hostOf(error)}); check the region (does it have the service?), the endpoint settings (ssm-endpoint-url, …), DNS, proxy and certificates`;
    case "access-denied":
      return `${target}: AWS denied ${action} (${name}${principalOf(error)}); add the action to the policy of the credentials in use`;
    case "credentials-invalid":
      return `${target}: ${credentialsProblem(name, error)} (${action})`;
    case "node-unreachable":
      return `${target}: AWS says InvalidInstanceId: no managed node of that id takes commands in this region and account; check instanceId and region, that the instance runs, and that its SSM agent is online with an instance role (AmazonSSMManagedInstanceCore)`;
    case "setting-invalid":
      return `${target}: AWS refused ${action}: ${refusal(name, error)}`;
    case "defect":
      return `${target}: AWS refused ${action} with ${name || "an unknown error"}`;
  }
}

function hostOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const host: unknown =
    Reflect.get(error, "hostname") ?? Reflect.get(error, "address");
  const port: unknown = Reflect.get(error, "port");
  if (typeof host !== "string") return "";
  return typeof port === "number" ? `, ${host}:${port}` : `, ${host}`;
}

/** The principal that AWS names, which tells a user whose policy to change. It is an ARN, no secret. */
function principalOf(error: unknown): string {
  const found = /arn:[\w:/@.+=,-]+/.exec(
    error instanceof Error ? error.message : "",
  );
  return found ? `, for ${found[0].slice(0, 160)}` : "";
}

function credentialsProblem(name: string, error: unknown): string {
  switch (name) {
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
    case "InvalidAccessKeyId":
      return `AWS does not know the access key (${name}); check ssm-accessKeyId, or whether the region must be enabled for the account`;
    case "InvalidSignatureException":
    case "SignatureDoesNotMatch":
      return `AWS refused the signature (${name}); the secret key does not belong to the access key, or this machine's clock is off by minutes`;
    case "RequestTimeTooSkewed":
    case "RequestExpired":
      return `AWS refused the request's time (${name}); this machine's clock is off by minutes`;
    case "ExpiredTokenException":
    case "ExpiredToken":
      return `the credentials have expired (${name}); renew them`;
    case "CredentialsProviderError":
    case "TokenProviderError":
    case "ProviderError":
      return `no usable AWS credentials: ${firstLine(error)}; set ssm-accessKeyId and ssm-secretKey, ssm-profile, or give the Rundeck server a role`;
    default:
      return `AWS refused the credentials (${name})`;
  }
}

/** What was refused: AWS's validation messages repeat the value, which may be the command, so only the field's name is taken. */
function refusal(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  switch (name) {
    case "InvalidDocument":
    case "InvalidDocumentVersion":
      return `the document does not exist there or can't be used (${name}); check ssm-document-name`;
    case "UnsupportedPlatformType":
      return "the document does not support the node's platform (UnsupportedPlatformType); set the node's osFamily (unix, windows) or ssm-document-name";
    case "MaxDocumentSizeExceeded":
      return "the command is too long for Run Command (MaxDocumentSizeExceeded); put it into a script step";
    case "NoSuchBucket":
    case "InvalidBucketName":
      return `there is no bucket of that name (${name}); check the setting that names it`;
    case "PermanentRedirect":
      return "the bucket is in another region, which AWS does not tell (PermanentRedirect); set the endpoint of its region";
    case "KMS.NotFoundException":
    case "KMS.DisabledException":
    case "KMS.KMSInvalidStateException":
      return `the KMS key does not exist there or can't be used (${name}); check ssm-copier-kms-key, or the bucket's default encryption`;
    case "InvalidParameters":
      return "the document does not take these parameters (InvalidParameters); a document in ssm-document-name needs a parameter 'commands'";
    default: {
      const field = /at '([\w.]{1,60})'/.exec(message)?.[1];
      return field ? `${name} at '${field}'` : name;
    }
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  return message.split(/[\r\n]/, 1)[0]?.slice(0, 200) ?? "";
}
