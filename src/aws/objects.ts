import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Clock } from "../kernel/clock.ts";
import { BridgeError, mayHaveHappened, mayPass } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import { openBucket, openClient } from "./bucket.ts";
import type { Ask, BucketOptions } from "./bucket.ts";
import type { Call } from "./companions.ts";
import type { ClientOptions } from "./clients.ts";
import { translate } from "./errors.ts";
import { errorName, UnreadableAnswer } from "./failure.ts";

/** A part that S3 has taken: what completes an upload. */
export type UploadedPart = { number: number; etag: string; crc32?: string };

type UploadOf = { key: string; uploadId: string };

/** One bucket, as narrow as a copy needs it. Each call is one request, and may be repeated; all throw translated `BridgeError`s. */
export type Objects = {
  put(key: string, body: Uint8Array, call: Call): Promise<Replaced>;
  /** Answers the upload's id. */
  startUpload(key: string, call: Call): Promise<string>;
  putPart(
    part: UploadOf & { number: number; body: Uint8Array },
    call: Call,
  ): Promise<UploadedPart>;
  completeUpload(
    upload: UploadOf & { parts: readonly UploadedPart[] },
    call: Call,
  ): Promise<void>;
  abortUpload(upload: UploadOf, call: Call): Promise<void>;
  remove(key: string, call: Call): Promise<Replaced>;
  /** The object's bytes, as they come. */
  read(key: string, call: Call): Promise<AsyncIterable<Uint8Array>>;
  /** A URL that lets anybody fetch the object; nothing is sent for it. */
  presign(key: string, livesSeconds: number): Promise<Secret>;
  /** A URL that lets anybody write the object, with the bucket's own encryption. */
  presignPut(key: string, livesSeconds: number): Promise<Secret>;
  /** The bucket's, as far as S3 has told: at first the one that we were opened with. */
  region(): string;
  close(): void;
};

/** What became of what was there before. `version-kept`: the bucket keeps it, if it was there, as an old version that we can't delete. */
export type Replaced = "removed" | "version-kept";

/** Opens a bucket, wherever it is. Nothing is sent until the first call. */
export function openObjects(
  options: ClientOptions,
  { bucket, setting, kmsKey }: BucketOptions,
  clock: Clock,
): Objects {
  const { ask, current, close } = openBucket(
    options,
    { bucket, setting },
    clock,
  );
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  const versions = openVersions();
  const encryption =
    kmsKey === undefined
      ? {}
      : { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: kmsKey };
  return {
    ...wholes(ask, at, encryption, versions),
    presign: async (key, livesSeconds) =>
      new Secret(
        await getSignedUrl(current().client, new GetObjectCommand(at(key)), {
          expiresIn: livesSeconds,
          signingDate: timeOf(current().client),
        }),
      ),
    presignPut: async (key, livesSeconds) => {
      const { region } = current();
      const client = openClient(
        { ...options, region },
        bucket,
        "WHEN_REQUIRED",
      );
      const input = new PutObjectCommand(at(key));
      const url = await getSignedUrl(client, input, {
        expiresIn: livesSeconds,
        signingDate: timeOf(current().client),
      });
      client.destroy();
      return new Secret(url);
    },
    read: async (key, call) => {
      const { Body, VersionId } = await ask("s3:GetObject", call, (client) =>
        client.send(new GetObjectCommand(at(key)), {
          abortSignal: call.signal,
        }),
      );
      versions.keep(key, VersionId);
      return bytesOf(Body, call);
    },
    ...uploads(ask, at, encryption, versions),
    region: () => current().region,
    close,
  };
}

/** Of versioned buckets: what we have put, by key. */
type Versions = {
  keep(key: string, version: string | undefined): void;
  /** A put that failed may have made one that nobody has named. */
  doubt(key: string, error: unknown): void;
  of(key: string): { known: string[]; isAll: boolean };
  /** It is gone: a sidecar copies for days. */
  forget(key: string): void;
};

function openVersions(): Versions {
  const known = new Map<string, Set<string>>();
  const doubted = new Set<string>();
  return {
    keep: (key, version) => {
      if (isVersion(version))
        known.set(key, new Set(known.get(key)).add(version));
    },
    doubt: (key, error) => {
      if (mayHaveHappened(error)) doubted.add(key);
    },
    of: (key) => ({
      known: [...(known.get(key) ?? [])],
      isAll: known.has(key) && !doubted.has(key),
    }),
    forget: (key) => {
      known.delete(key);
      doubted.delete(key);
    },
  };
}

/** Where versioning is suspended a put or a removal takes the place of the version "null". Source: S3 User Guide. */
function isVersion(version: string | undefined): version is string {
  return version !== undefined && version !== "null";
}

function becameOf({ VersionId }: { VersionId?: string | undefined }): Replaced {
  return isVersion(VersionId) ? "version-kept" : "removed";
}

/** What is put and removed whole. */
function wholes(
  ask: Ask,
  at: At,
  encryption: Encryption,
  versions: Versions,
): Pick<Objects, "put" | "remove"> {
  return {
    put: async (key, body, call) => {
      const input = { ...at(key), ...encryption, Body: body };
      const done = await ask("s3:PutObject", call, (client, limits) =>
        client.send(new PutObjectCommand(input), limits),
      ).catch((error: unknown) => {
        versions.doubt(key, error);
        throw error;
      });
      versions.keep(key, done.VersionId);
      return becameOf(done);
    },
    remove: async (key, call) => {
      const remove = (version?: string) =>
        ask(
          version === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion",
          call,
          (client, limits) =>
            client.send(
              new DeleteObjectCommand({
                ...at(key),
                ...(version === undefined ? {} : { VersionId: version }),
              }),
              limits,
            ),
        );
      const { known, isAll } = versions.of(key);
      try {
        for (const version of known) await remove(version);
        if (isAll) {
          versions.forget(key);
          return "removed";
        }
      } catch (error) {
        if (mayPass(error) || !(error instanceof BridgeError)) throw error;
      }
      const left = becameOf(await remove());
      versions.forget(key);
      return left;
    },
  };
}

/** Source: the SDK gives a Node stream in Node. */
async function* bytesOf(
  body: unknown,
  { signal, subject }: Call,
): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Readable)) return;
  try {
    for await (const bytes of body) if (Buffer.isBuffer(bytes)) yield bytes;
  } catch (error) {
    signal.throwIfAborted();
    const journey = { stage: "answered" as const };
    throw translate(error, { action: "s3:GetObject", subject, journey });
  }
}

/** AWS's time, as the client has learnt it from a refusal: this machine's clock may be off by more than an address lives. */
function timeOf({ config }: S3Client): Date {
  return new Date(Date.now() + config.systemClockOffset);
}

type At = (key: string) => { Bucket: string; Key: string };
type Encryption = { ServerSideEncryption?: "aws:kms"; SSEKMSKeyId?: string };

function uploads(
  ask: Ask,
  at: At,
  encryption: Encryption,
  versions: Versions,
): Pick<Objects, "startUpload" | "putPart" | "completeUpload" | "abortUpload"> {
  return {
    startUpload: async (key, call) => {
      const input = { ...at(key), ...encryption };
      const { UploadId } = await ask("s3:PutObject", call, (client, limits) =>
        client.send(new CreateMultipartUploadCommand(input), limits),
      );
      return required(UploadId);
    },
    putPart: async ({ key, uploadId, number, body }, call) => {
      const input = {
        ...at(key),
        UploadId: uploadId,
        PartNumber: number,
        Body: body,
      };
      const { ETag, ChecksumCRC32: crc32 } = await ask(
        "s3:PutObject",
        call,
        (client, limits) => client.send(new UploadPartCommand(input), limits),
      );
      const etag = required(ETag);
      return { number, etag, ...(crc32 === undefined ? {} : { crc32 }) };
    },
    completeUpload: async ({ key, uploadId, parts }, call) => {
      const input = {
        ...at(key),
        UploadId: uploadId,
        MultipartUpload: { Parts: parts.map(viewPart) },
      };
      const done = await ask("s3:PutObject", call, (client, limits) =>
        client
          .send(new CompleteMultipartUploadCommand(input), limits)
          .catch(ignoreEndedUpload),
      );
      versions.keep(key, done?.VersionId);
    },
    abortUpload: async ({ key, uploadId }, call) => {
      const input = { ...at(key), UploadId: uploadId };
      await ask("s3:AbortMultipartUpload", call, (client, limits) =>
        client
          .send(new AbortMultipartUploadCommand(input), limits)
          .catch(ignoreEndedUpload),
      );
    },
  };
}

/** What had its effect already, when the answer got lost, is done: the node verifies what it fetches. */
function ignoreEndedUpload(error: unknown): undefined {
  if (errorName(error) !== "NoSuchUpload") throw error;
}

function viewPart({ number, etag, crc32 }: UploadedPart) {
  return {
    PartNumber: number,
    ETag: etag,
    ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
  };
}

function required(value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new UnreadableAnswer();
}
