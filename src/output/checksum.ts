import { createHash } from "node:crypto";
import type { StreamName } from "./chunk.ts";

/** The runner's SHA-256 is of stdout and stderr one after the other, so stderr has to wait here; more of it than this is not kept. */
const heldLimitBytes = 16 * 1024 * 1024;

/** The SHA-256 of an output that comes in pieces. */
export type Checksum = {
  add(stream: StreamName, bytes: Uint8Array): void;
  /** Hexadecimal; undefined where stderr was too large to be kept, so that its size has to do. */
  digest(): string | undefined;
};

export function openChecksum(): Checksum {
  const hash = createHash("sha256");
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  return {
    add: (stream, bytes) => {
      if (stream === "stdout") hash.update(bytes);
      else if ((heldBytes += bytes.length) <= heldLimitBytes) held.push(bytes);
      else held = [];
    },
    digest: () => {
      if (heldBytes > heldLimitBytes) return undefined;
      const whole = hash.copy();
      for (const bytes of held) whole.update(bytes);
      return whole.digest("hex");
    },
  };
}
