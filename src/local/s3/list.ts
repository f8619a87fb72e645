import { S3Fault } from "./fault.ts";
import { answer, openBucket, type S3Request } from "./request.ts";
import { sortKeys, type Bucket, type StoredObject } from "./store.ts";
import { s3Document, type XmlContent } from "./xml.ts";

type Listing = {
  objects: StoredObject[];
  prefixes: string[];
  /** The last key or prefix of the page, if there is more after it. */
  truncatedAt: string | undefined;
};

type ListQuery = {
  prefix: string;
  delimiter: string;
  after: string;
  maxKeys: number;
  encode: (key: string) => string;
};

/** ListObjects, the first version. */
export function listObjects(asked: S3Request): void {
  const { query } = asked;
  const bucket = openBucket(asked, "s3:ListBucket", "bucket");
  const wanted = readQuery(query, query.get("marker") ?? "");
  const listing = listBucket(bucket, wanted);
  const { encode } = wanted;
  answer(asked, 200, {
    body: s3Document("ListBucketResult", {
      ...describe(asked, wanted, listing),
      Marker: encode(wanted.after),
      ...(listing.truncatedAt !== undefined && wanted.delimiter !== ""
        ? { NextMarker: encode(listing.truncatedAt) }
        : {}),
      ...contents(bucket, listing, { encode, withOwner: true }),
    }),
  });
}

export function listObjectsV2(asked: S3Request): void {
  const { query } = asked;
  const bucket = openBucket(asked, "s3:ListBucket", "bucket");
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after") ?? "";
  const wanted = readQuery(
    query,
    token === null ? startAfter : openToken(token),
  );
  const listing = listBucket(bucket, wanted);
  const { encode } = wanted;
  answer(asked, 200, {
    body: s3Document("ListBucketResult", {
      ...describe(asked, wanted, listing),
      ...(startAfter === "" ? {} : { StartAfter: encode(startAfter) }),
      ...(token === null ? {} : { ContinuationToken: token }),
      KeyCount: listing.objects.length + listing.prefixes.length,
      ...(listing.truncatedAt === undefined
        ? {}
        : { NextContinuationToken: sealToken(listing.truncatedAt) }),
      ...contents(bucket, listing, {
        encode,
        withOwner: query.get("fetch-owner") === "true",
      }),
    }),
  });
}

function listBucket(
  bucket: Bucket,
  { prefix, delimiter, after, maxKeys }: ListQuery,
): Listing {
  const listing: Listing = {
    objects: [],
    prefixes: [],
    truncatedAt: undefined,
  };
  const isAfter = (entry: string): boolean =>
    Buffer.compare(Buffer.from(entry), Buffer.from(after)) > 0;
  let last = "";
  for (const key of sortKeys(bucket.objects.keys())) {
    if (!key.startsWith(prefix)) continue;
    const common = commonPrefix(key, prefix, delimiter);
    const entry = common ?? key;
    if (!isAfter(entry) || entry === last) continue;
    if (listing.objects.length + listing.prefixes.length >= maxKeys)
      return { ...listing, truncatedAt: maxKeys === 0 ? undefined : last };
    last = entry;
    const object = bucket.objects.get(key);
    if (common !== undefined) listing.prefixes.push(common);
    else if (object) listing.objects.push(object);
  }
  return listing;
}

function commonPrefix(
  key: string,
  prefix: string,
  delimiter: string,
): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function describe(
  asked: S3Request,
  { prefix, delimiter, maxKeys, encode }: ListQuery,
  listing: Listing,
): Record<string, XmlContent> {
  return {
    Name: asked.bucket,
    Prefix: encode(prefix),
    MaxKeys: maxKeys,
    ...(delimiter === "" ? {} : { Delimiter: encode(delimiter) }),
    ...(asked.query.has("encoding-type") ? { EncodingType: "url" } : {}),
    IsTruncated: listing.truncatedAt !== undefined,
  };
}

function contents(
  { account }: Bucket,
  { objects, prefixes }: Listing,
  {
    encode,
    withOwner,
  }: { encode: (key: string) => string; withOwner: boolean },
): Record<string, XmlContent[]> {
  return {
    Contents: objects.map((object) => ({
      Key: encode(object.key),
      LastModified: new Date(object.modifiedMs).toISOString(),
      ETag: `"${object.etag}"`,
      ...(object.checksum
        ? {
            ChecksumAlgorithm: object.checksum.algorithm,
            ChecksumType: object.checksum.type,
          }
        : {}),
      Size: object.size,
      StorageClass: object.headers["x-amz-storage-class"] ?? "STANDARD",
      ...(withOwner ? { Owner: { ID: account } } : {}),
    })),
    CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function readQuery(query: URLSearchParams, after: string): ListQuery {
  const maxKeys = Number(query.get("max-keys") ?? "1000");
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw new S3Fault(
      "InvalidArgument",
      400,
      "Provided max-keys not an integer or within integer range",
      { details: { ArgumentName: "max-keys" } },
    );
  const encodes = query.get("encoding-type") === "url";
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    after,
    maxKeys: Math.min(maxKeys, 1_000),
    encode: encodes
      ? (key) => encodeURIComponent(key).replaceAll("%2F", "/")
      : (key) => key,
  };
}

function sealToken(key: string): string {
  return Buffer.from(`1:${key}`).toString("base64");
}

function openToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith("1:"))
    throw new S3Fault(
      "InvalidArgument",
      400,
      "The continuation token provided is incorrect",
      { details: { ArgumentName: "continuation-token" } },
    );
  return text.slice(2);
}
