import { gunzipSync } from "node:zlib";

/** How large a pack's content may be; `isRaw`: the node has no gzip, said so, and sent it as it is. */
export type Packing = { maxBytes: number; isRaw?: boolean };

/** Bytes that a node has packed, which may themselves be a gzip. Throws what zlib throws when the pack is damaged. */
export function inflatePack(
  pack: Buffer,
  { maxBytes, isRaw = false }: Packing,
): Buffer {
  return isRaw ? pack : gunzipSync(pack, { maxOutputLength: maxBytes });
}
