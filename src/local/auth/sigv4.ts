import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { sha256, signRequest, type Scope } from "./canonical.ts";
import type { Identity } from "./identities.ts";
import {
  refuse,
  type Refusal,
  type RefusalDialect,
  type RefusalReason,
} from "./refusal.ts";

export type SignedRequest = {
  method: string;
  /** Raw path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Absent for S3, whose payload hash is a signed header and is compared while the body streams. */
  body?: Buffer;
};

export type Verification =
  { kind: "ok"; identity: Identity; presigned: boolean } | Refusal;

/** What a request says about its signature, in its header or (presigned) in its query. */
export type Claim = {
  accessKeyId: string;
  scope: Scope;
  signedHeaders: string[];
  signature: string;
  amzDate: string;
  sessionToken: string | undefined;
  presigned: boolean;
  /** How long a presigned URL lives, in seconds. */
  expiresSeconds: number | undefined;
};

const maxSkewMs = 15 * 60_000;

/** Checks a Signature Version 4 and, for sessions, the token and its expiry. Refuses in the words of the service that was asked. */
export function verifySignature(
  request: SignedRequest,
  lookup: (accessKeyId: string) => Identity | undefined,
  nowEpochMs: number,
): Verification {
  const claim = readClaim(request);
  const dialect = dialectOf(request, claim);
  if (claim === undefined)
    return refuse(dialect, carriesSignature(request) ? "malformed" : "missing");
  const identity = lookup(claim.accessKeyId);
  const reason = identity
    ? findFlaw(request, claim, { identity, nowEpochMs, dialect })
    : "unknown-key";
  if (identity === undefined || reason !== undefined)
    return refuse(dialect, reason ?? "unknown-key");
  return { kind: "ok", identity, presigned: claim.presigned };
}

/** What the request claims, unverified: whose key, which region, which service. Undefined if it carries no signature that can be read. */
export function readClaim(request: SignedRequest): Claim | undefined {
  const query = new URLSearchParams(request.url.split("?")[1] ?? "");
  return query.has("X-Amz-Credential")
    ? readPresigned(query)
    : readHeader(request.headers);
}

type Evidence = {
  identity: Identity;
  nowEpochMs: number;
  dialect: RefusalDialect;
};

function findFlaw(
  request: SignedRequest,
  claim: Claim,
  { identity, nowEpochMs, dialect }: Evidence,
): RefusalReason | undefined {
  const stale = findStaleness(
    claim,
    nowEpochMs - (identity.forgivenSkewMs ?? 0),
  );
  if (stale) return stale;
  if (!signsEnough(request.headers, claim, dialect)) return "unsigned-headers";
  const expected = signRequest(
    {
      ...request,
      signedHeaders: claim.signedHeaders,
      payloadHash: payloadHashOf(request, claim, dialect),
    },
    claim.scope,
    { secretAccessKey: identity.secretAccessKey, amzDate: claim.amzDate },
  );
  if (!equalText(expected, claim.signature)) return "wrong-signature";
  if (identity.sessionToken !== claim.sessionToken) return "wrong-token";
  const expired =
    identity.expiresAtEpochMs !== undefined &&
    identity.expiresAtEpochMs <= nowEpochMs;
  return expired ? "expired-token" : undefined;
}

function findStaleness(
  claim: Claim,
  nowEpochMs: number,
): RefusalReason | undefined {
  const ageMs = nowEpochMs - parseAmzDate(claim.amzDate);
  // A NaN age (a date that is none) fails both comparisons and counts as skewed.
  if (claim.presigned) {
    const lifeMs = (claim.expiresSeconds ?? 0) * 1_000;
    return ageMs >= -maxSkewMs && ageMs <= lifeMs ? undefined : "expired-url";
  }
  return Math.abs(ageMs) <= maxSkewMs ? undefined : "skewed";
}

/** The host is always signed; S3 also insists on every x-amz-* header that is there. */
function signsEnough(
  headers: IncomingHttpHeaders,
  claim: Claim,
  dialect: RefusalDialect,
): boolean {
  const required = Object.keys(headers).filter(
    (name) =>
      name === "host" || (dialect === "s3" && name.startsWith("x-amz-")),
  );
  return required.every((name) => claim.signedHeaders.includes(name));
}

function payloadHashOf(
  request: SignedRequest,
  claim: Claim,
  dialect: RefusalDialect,
): string {
  if (dialect !== "s3") return sha256(request.body ?? "");
  const declared = request.headers["x-amz-content-sha256"];
  return typeof declared === "string"
    ? declared
    : claim.presigned
      ? "UNSIGNED-PAYLOAD"
      : sha256("");
}

function readHeader(headers: IncomingHttpHeaders): Claim | undefined {
  const text = headers.authorization ?? "";
  if (!text.startsWith("AWS4-HMAC-SHA256 ")) return undefined;
  const field = (name: string): string =>
    new RegExp(`${name}=([^,\\s]+)`).exec(text)?.[1] ?? "";
  return assembleClaim(field("Credential"), {
    signedHeaders: field("SignedHeaders").split(";"),
    signature: field("Signature"),
    amzDate: headerText(headers, "x-amz-date"),
    sessionToken: headerText(headers, "x-amz-security-token") || undefined,
    presigned: false,
    expiresSeconds: undefined,
  });
}

function readPresigned(query: URLSearchParams): Claim | undefined {
  return assembleClaim(query.get("X-Amz-Credential") ?? "", {
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    amzDate: query.get("X-Amz-Date") ?? "",
    sessionToken: query.get("X-Amz-Security-Token") ?? undefined,
    presigned: true,
    expiresSeconds: Number(query.get("X-Amz-Expires") ?? "0"),
  });
}

function assembleClaim(
  credential: string,
  rest: Omit<Claim, "accessKeyId" | "scope">,
): Claim | undefined {
  const [accessKeyId, date, region, service, end] = credential.split("/");
  if (!accessKeyId || !date || !region || !service || end !== "aws4_request")
    return undefined;
  if (!rest.signature || !rest.amzDate) return undefined;
  return { accessKeyId, scope: { date, region, service }, ...rest };
}

function dialectOf(
  request: SignedRequest,
  claim: Claim | undefined,
): RefusalDialect {
  if (request.headers["x-amz-target"] !== undefined) return "json";
  if (claim?.scope.service === "sts") return "sts";
  if (claim?.scope.service === "ec2") return "ec2";
  const form = headerText(request.headers, "content-type").startsWith(
    "application/x-www-form-urlencoded",
  );
  return claim === undefined && form ? "sts" : "s3";
}

function carriesSignature(request: SignedRequest): boolean {
  return (
    request.headers.authorization !== undefined ||
    request.url.includes("X-Amz-Signature=")
  );
}

function headerText(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

/** `20240131T235959Z` to epoch milliseconds; NaN if it is no such date. */
function parseAmzDate(text: string): number {
  return Date.parse(
    text.replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      "$1-$2-$3T$4:$5:$6Z",
    ),
  );
}

function equalText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
