import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What of a request is signed, before it is put into the canonical form. */
export type SignedParts = {
  method: string;
  /** Raw path and query, as they came. */
  url: string;
  headers: IncomingHttpHeaders;
  signedHeaders: string[];
  payloadHash: string;
};

/** Credential scope: `20240131/us-east-1/ssm/aws4_request`. */
export type Scope = { date: string; region: string; service: string };

/** Source: AWS General Reference, "Create a signed AWS API request" (Signature Version 4). */
export function signRequest(
  parts: SignedParts,
  scope: Scope,
  secret: { secretAccessKey: string; amzDate: string },
): string {
  const stringToSign = [
    "AWS4-HMAC-SHA256",
    secret.amzDate,
    `${scope.date}/${scope.region}/${scope.service}/aws4_request`,
    sha256(canonicalRequest(parts)),
  ].join("\n");
  return hmac(signingKey(secret.secretAccessKey, scope), stringToSign).toString(
    "hex",
  );
}

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function signingKey(secretAccessKey: string, scope: Scope): Buffer {
  const byDate = hmac(`AWS4${secretAccessKey}`, scope.date);
  return hmac(hmac(hmac(byDate, scope.region), scope.service), "aws4_request");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function canonicalRequest(parts: SignedParts): string {
  const [path, query = ""] = splitOnce(parts.url, "?");
  return [
    parts.method,
    path.split("/").map(recode).join("/"),
    canonicalQuery(query),
    ...parts.signedHeaders.map(
      (name) => `${name}:${canonicalHeader(parts.headers[name])}`,
    ),
    "",
    parts.signedHeaders.join(";"),
    parts.payloadHash,
  ].join("\n");
}

function canonicalQuery(query: string): string {
  return query
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("X-Amz-Signature="))
    .map((pair) => {
      const [name, value = ""] = splitOnce(pair, "=");
      return [recode(name), recode(value)] as const;
    })
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function canonicalHeader(value: string | string[] | undefined): string {
  return [value ?? ""].flat().join(",").trim().replace(/ +/g, " ");
}

/** Every client escapes a little differently: bring it to AWS's one form. */
function recode(text: string): string {
  return encodeStrictly(decodeLoosely(text));
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
