import { isThrottlingError, isTransientError } from "@smithy/core/retry";
import type { Failure } from "../kernel/failure.ts";
import type { Journey } from "./transport.ts";

/** AWS does not accept the credentials. Source: "Common errors" of the SSM, CloudWatch Logs, S3 and STS API references. */
const refusedCredentials = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidAccessKeyId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "IncompleteSignature",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "ExpiredTokenException",
  "ExpiredToken",
  "InvalidToken",
  "TokenRefreshRequired",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "InvalidIdentityToken",
  "IDPRejectedClaim",
  "AuthFailure",
]);

/** AWS denies an action. Source: the same. */
const denials = new Set([
  "AccessDeniedException",
  "AccessDenied",
  "AllAccessDisabled",
  "AccountProblem",
  "UnauthorizedOperation",
  "NotAuthorized",
  "OptInRequired",
]);

/** What is wrong is what the user has set. Source: the service models' error shapes. */
const wrongSettings = new Set([
  "UnsupportedPlatformType",
  "InvalidDocument",
  "InvalidDocumentVersion",
  "InvalidParameters",
  "MaxDocumentSizeExceeded",
  "ResourceDataSyncNotFoundException",
  "UnsupportedOperationException",
  "ValidationException",
  "ValidationError",
  "NoSuchBucket",
  "InvalidBucketName",
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "InvalidEncryptionAlgorithmError",
]);

/** Passes by itself, though the SDK does not say so. Source: S3 API reference, "Error responses"; STS, IDPCommunicationError. */
const passing = new Set([
  "OperationAborted",
  "ConditionalRequestConflict",
  "BadDigest",
  "IncompleteBody",
  "XAmzContentSHA256Mismatch",
  "IDPCommunicationError",
  "KMS.InternalException",
]);

/** Certificates, and a server that does not speak TLS: they don't pass by themselves. Source: Node, "Errors"; OpenSSL. */
const certificates =
  /^(?:EPROTO|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/;

/** What is known of a failed call; undefined for an exception that no call explains: a defect of ours. */
export function classify(
  error: unknown,
  journey: Journey,
): Failure | undefined {
  if (journey.stranger) return ofStranger(journey);
  const status = httpStatus(error);
  if (status !== undefined && status >= 300)
    return ofAnswer(error, status, journey);
  if (status !== undefined || isUnreadable(error))
    return failed("aws", "unknown", "soon", "an unreadable answer");
  if (errorName(error) === "EndpointError")
    return failed("settings", "no", "never", "EndpointError");
  return isOfNetwork(error) ? ofNetwork(error, journey) : undefined;
}

/** An answer that lacks what it has to hold. */
export class UnreadableAnswer extends Error {}

function isUnreadable(error: unknown): boolean {
  return error instanceof UnreadableAnswer || errorName(error) === "$ZodError";
}

/** AWS's own name for an error (`InvocationDoesNotExist`), or Node's. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** The status of an answer that the SDK has made an error of. */
export function httpStatus(error: unknown): number | undefined {
  const metadata = read(error, "$metadata");
  const status = read(metadata, "httpStatusCode");
  return typeof status === "number" ? status : undefined;
}

/** Node's error code, or that of the first of several addresses that were tried (`AggregateError`). */
export function networkCode(error: unknown): string {
  const code = read(error, "code");
  if (typeof code === "string") return code;
  if (error instanceof AggregateError) return networkCode(error.errors[0]);
  return errorName(error);
}

export function isCertificateProblem(name: string): boolean {
  return certificates.test(name);
}

function failed(
  whose: Failure["whose"],
  sent: Failure["sent"],
  heals: Failure["heals"],
  name: string,
): Failure {
  const answered = whose === "aws" || sent === "refused";
  return { whose, sent, heals, name, answered, denied: false };
}

/** What a proxy or another server refuses it refuses for good; its gateway errors are those of a path that may come back. */
function ofStranger({ stranger, stage }: Journey): Failure {
  const status = stranger?.status ?? 0;
  const sent = status >= 500 && stage === "answered" ? "unknown" : "no";
  const heals = status >= 500 ? "soon" : "never";
  return failed("other-server", sent, heals, `HTTP ${status}`);
}

function ofAnswer(error: unknown, status: number, journey: Journey): Failure {
  const name = errorName(error);
  if (isNameless(name)) return ofNamelessAnswer(error, status, journey);
  if (isSdkError(error) && isThrottlingError(error))
    return failed("aws", "refused", "rate", name);
  if (refusedCredentials.has(name))
    return failed("credentials", "refused", "never", name);
  if (denials.has(name))
    return {
      ...failed("aws", "refused", "never", name),
      denied: true,
      ...namedNodes(error),
    };
  const known = wrongSettings.has(name) || name.startsWith("KMS.");
  const passes =
    passing.has(name) ||
    status >= 500 ||
    (status !== 403 && isSdkError(error) && isTransientError(error));
  if (passes)
    return failed("aws", status >= 500 ? "unknown" : "refused", "soon", name);
  return {
    ...failed(known ? "settings" : "aws", "refused", "never", name),
    ...namedNodes(error),
  };
}

/** Of a request for many nodes a refusal may name those that it is for. At most as many as such a request has. */
function namedNodes(error: unknown): { nodes?: readonly string[] } {
  const text = error instanceof Error ? error.message : "";
  const found = text.match(/\bm?i-[0-9a-f]{8,17}\b/g)?.slice(0, 50);
  return found ? { nodes: found } : {};
}

type SdkError = Parameters<typeof isThrottlingError>[0];

function isSdkError(error: unknown): error is SdkError {
  return error instanceof Error && "$metadata" in error;
}

/** The SDK's words for an answer in which it found no error of AWS's. */
function isNameless(name: string): boolean {
  return /^(?:Unknown|UnknownError|SyntaxError|Error|\d{3})$/.test(name);
}

/** AWS's own servers number each request. An answer with neither number nor error is somebody else's. */
function ofNamelessAnswer(
  error: unknown,
  status: number,
  journey: Journey,
): Failure {
  if (read(read(error, "$metadata"), "requestId") === undefined)
    return ofStranger({ ...journey, stranger: { status } });
  if (status === 429) return failed("aws", "refused", "rate", "HTTP 429");
  if (status >= 500) return failed("aws", "unknown", "soon", `HTTP ${status}`);
  const denied = status === 401 || status === 403;
  return { ...failed("aws", "refused", "never", `HTTP ${status}`), denied };
}

function isOfNetwork(error: unknown): boolean {
  const code = networkCode(error);
  return (
    /^E[A-Z0-9_]+$/.test(code) ||
    isCertificateProblem(code) ||
    code === "AbortError" ||
    code === "TimeoutError"
  );
}

/** Nothing was sent before there was a connection; afterwards nobody knows. */
function ofNetwork(error: unknown, { stage }: Journey): Failure {
  const name = networkCode(error);
  const isHopeless = isCertificateProblem(name) || name.startsWith("ERR_");
  const sent = stage === "connected" || stage === "answered" ? "unknown" : "no";
  return failed("network", sent, isHopeless ? "never" : "soon", name);
}

/** What AWS says to a signature of another time. Source: the SDK's list of clock skew errors. */
const untimely = new Set([
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
]);

/**
 * Refused for our clock, which the SDK has corrected from the answer: nothing was done. The SDK corrects it by any failure's date, those
 * too that took effect, so its metadata alone do not tell.
 */
export function isSkewCorrected(error: unknown): boolean {
  return (
    untimely.has(errorName(error)) &&
    read(read(error, "$metadata"), "clockSkewCorrected") === true
  );
}

function read(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}
