import type { IncomingMessage } from "node:http";
import { AwsFault } from "../protocol.ts";

const maxBodyBytes = 16 * 1024 * 1024;

/** The whole body of a small request; S3's are streamed instead. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    const data = Buffer.from(piece);
    bytes += data.length;
    if (bytes > maxBodyBytes)
      throw new AwsFault("RequestEntityTooLarge", "", 413);
    pieces.push(data);
  }
  return Buffer.concat(pieces);
}

export function parseJson(body: Buffer): unknown {
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8") || "{}");
    return parsed;
  } catch {
    throw new AwsFault("SerializationException", "");
  }
}
