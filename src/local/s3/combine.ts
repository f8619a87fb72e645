import {
  checksumAlgorithms,
  composeChecksums,
  createChecksum,
  type ChecksumAlgorithm,
  type StoredChecksum,
} from "./checksum.ts";
import { S3Fault } from "./fault.ts";
import { readSegments } from "./get.ts";
import type { Part, Upload } from "./store.ts";

/** The checksum of a completed upload: of its parts' checksums, or of all its bytes. */
export async function combineChecksum(
  { checksum }: Upload,
  parts: Part[],
): Promise<StoredChecksum | undefined> {
  if (!checksum) return undefined;
  const { algorithm, type } = checksum;
  if (type === "COMPOSITE")
    return composeChecksums(
      algorithm,
      parts.map((part) => part.checksum?.value ?? ""),
    );
  const sum = createChecksum(algorithm);
  const everything = { first: 0, last: Number.MAX_SAFE_INTEGER };
  const segments = parts.map(({ segment }) => segment);
  for await (const data of readSegments(segments, everything)) sum.update(data);
  return { algorithm, value: sum.digest().toString("base64"), type };
}

/** The client may send what it expects of the whole. */
export function refuseOtherChecksum(
  checksum: StoredChecksum | undefined,
  declaredOf: (algorithm: ChecksumAlgorithm) => string | undefined,
): void {
  for (const algorithm of checksumAlgorithms) {
    const declared = declaredOf(algorithm);
    if (declared === undefined || checksum?.algorithm !== algorithm) continue;
    const [value] = checksum.value.split("-");
    if (declared !== checksum.value && declared !== value)
      throw new S3Fault(
        "BadDigest",
        400,
        `The ${algorithm} you specified did not match the calculated checksum.`,
      );
  }
}
