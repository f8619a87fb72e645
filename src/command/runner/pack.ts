import { gunzipSync } from "node:zlib";

/** Bytes from a node's `gzip -c || cat`. Throws what zlib throws when they are a damaged gzip. */
export function inflatePack(pack: Buffer, maxBytes: number): Buffer {
  const isGzip = pack[0] === 0x1f && pack[1] === 0x8b;
  return isGzip ? gunzipSync(pack, { maxOutputLength: maxBytes }) : pack;
}
