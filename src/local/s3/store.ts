import type { BucketOptions } from "./bucket-options.ts";
import type { StoredChecksum } from "./checksum.ts";

/** A file on disk with a part of an object. */
export type Segment = { path: string; size: number };

export type StoredObject = {
  key: string;
  /** One for a plain upload, one a part for a multipart one: nothing is copied together. */
  segments: Segment[];
  size: number;
  /** Without quotes. */
  etag: string;
  modifiedMs: number;
  /** Content-Type, user metadata and their like: returned as they came. */
  headers: Record<string, string>;
  encryption: Record<string, string>;
  checksum?: StoredChecksum;
};

export type Part = {
  number: number;
  segment: Segment;
  etag: string;
  modifiedMs: number;
  checksum?: StoredChecksum;
};

export type Upload = {
  id: string;
  key: string;
  startedMs: number;
  headers: Record<string, string>;
  encryption: Record<string, string>;
  checksum?: Pick<StoredChecksum, "algorithm" | "type">;
  parts: Map<number, Part>;
};

export type Bucket = Omit<BucketOptions, "region" | "account"> & {
  name: string;
  region: string;
  account: string;
  createdMs: number;
  objects: Map<string, StoredObject>;
  uploads: Map<string, Upload>;
};

/** Keys in the order S3 lists them: by their UTF-8 bytes. */
export function sortKeys(keys: Iterable<string>): string[] {
  return [...keys].toSorted((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
}
