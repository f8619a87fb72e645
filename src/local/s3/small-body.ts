import { createHash } from "node:crypto";
import { decodeChunks } from "./chunked.ts";
import { S3Fault } from "./fault.ts";
import { header, type S3Request } from "./request.ts";

/** The longest lists that clients send (1,000 keys, 10,000 parts) stay well below. */
const maxBytes = 4 * 1024 ** 2;

/** A body of XML or JSON, whole and held against its digests. */
export async function readSmallBody(asked: S3Request): Promise<string> {
  const declared = header(asked, "x-amz-content-sha256") ?? "";
  const source: AsyncIterable<Buffer> = declared.startsWith("STREAMING-")
    ? decodeChunks(asked.request, new Map())
    : asked.request;
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    if (size > maxBytes)
      throw new S3Fault(
        "MaxMessageLengthExceeded",
        400,
        "Your request was too big.",
      );
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const actual = createHash("sha256").update(body).digest("hex");
  if (/^[0-9a-f]{64}$/.test(declared) && declared !== actual)
    throw new S3Fault(
      "XAmzContentSHA256Mismatch",
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  return body.toString();
}
