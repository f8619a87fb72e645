import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Packed } from "./plan.ts";

const compress = promisify(gzip);

/** Compresses a file's content, unless that makes it no smaller. */
export async function packContent(content: Buffer): Promise<Packed> {
  const plain = leavePlain(content);
  const zipped = await compress(content, { level: 9 });
  return zipped.length < content.length
    ? { ...plain, bytes: zipped, packing: "gzip" }
    : plain;
}

/** For a node that has nothing to unpack with. */
export function leavePlain(content: Buffer): Packed {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { bytes: content, sha256, packing: "none" };
}
