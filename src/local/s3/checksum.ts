import { createHash } from "node:crypto";
import { createCrc32, createCrc32c, createCrc64Nvme, type Crc } from "./crc.ts";
import { S3Fault } from "./fault.ts";

export const checksumAlgorithms = [
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export type StoredChecksum = {
  algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends in `-<parts>`. */
  value: string;
  type: "FULL_OBJECT" | "COMPOSITE";
};

const creators: Record<ChecksumAlgorithm, () => Crc> = {
  CRC32: createCrc32,
  CRC32C: createCrc32c,
  CRC64NVME: createCrc64Nvme,
  SHA1: () => createDigest("sha1"),
  SHA256: () => createDigest("sha256"),
};

export function createChecksum(algorithm: ChecksumAlgorithm): Crc {
  return creators[algorithm]();
}

function createDigest(algorithm: "sha1" | "sha256"): Crc {
  const hash = createHash(algorithm);
  return {
    update: (data) => void hash.update(data),
    digest: () => hash.digest(),
  };
}

export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** As a request or an answer names it: `ChecksumCRC32` in XML. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

export function parseAlgorithm(
  text: string | undefined,
): ChecksumAlgorithm | undefined {
  if (text === undefined) return undefined;
  const algorithm = checksumAlgorithms.find((it) => it === text.toUpperCase());
  if (!algorithm)
    throw new S3Fault(
      "InvalidRequest",
      400,
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  return algorithm;
}

/** The checksum of the parts' checksums. Source: "Checking object integrity" in the S3 User Guide. */
export function composeChecksums(
  algorithm: ChecksumAlgorithm,
  values: string[],
): StoredChecksum {
  const sum = createChecksum(algorithm);
  for (const value of values) sum.update(Buffer.from(value, "base64"));
  const value = `${sum.digest().toString("base64")}-${values.length}`;
  return { algorithm, value, type: "COMPOSITE" };
}
