import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { BridgeError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/clock.ts";
import { Secret } from "../kernel/secret.ts";
import { openCaller } from "./call.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import { errorName } from "./errors.ts";

/** A part that S3 has taken: what completes an upload. */
export type UploadedPart = { number: number; etag: string; crc32?: string };

type UploadOf = { key: string; uploadId: string };

/** One bucket, as narrow as a copy needs it. Each call is one request, and may be repeated; all throw translated `BridgeError`s. */
export type Objects = {
  put(key: string, body: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Answers the upload's id. */
  startUpload(key: string, signal: AbortSignal): Promise<string>;
  putPart(
    part: UploadOf & { number: number; body: Uint8Array },
    signal: AbortSignal,
  ): Promise<UploadedPart>;
  completeUpload(
    upload: UploadOf & { parts: readonly UploadedPart[] },
    signal: AbortSignal,
  ): Promise<void>;
  abortUpload(upload: UploadOf, signal: AbortSignal): Promise<void>;
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** The object's bytes, as they come. What fails after the first of them is thrown as it is. */
  read(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** A URL that lets anybody fetch the object; nothing is sent for it. */
  presign(key: string, livesSeconds: number): Promise<Secret>;
  /** A URL that lets anybody write the object, with the bucket's own encryption. */
  presignPut(key: string, livesSeconds: number): Promise<Secret>;
  /** The bucket's, as far as S3 has told: at first the one that we were opened with. */
  region(): string;
  close(): void;
};

export type BucketOptions = {
  bucket: string;
  /** Id, ARN or alias; absent: the bucket's default encryption. */
  kmsKey?: string;
};

/** A part takes its time on a slow line; a connection on which nothing moves is given up much earlier. */
const transferTimeoutMs = 600_000;
const idleTimeoutMs = 30_000;

/** Opens a bucket, wherever it is. `target` names node and region in error lines. Nothing is sent until the first call. */
export function openObjects(
  options: ClientOptions,
  { bucket, kmsKey }: BucketOptions,
  target: string,
  clock: Clock,
): Objects {
  const { ask, current, close } = openBucket(options, bucket, target, clock);
  const at = (key: string) => ({ Bucket: bucket, Key: key });
  const encryption =
    kmsKey === undefined
      ? {}
      : { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: kmsKey };
  return {
    put: async (key, body, signal) => {
      const input = { ...at(key), ...encryption, Body: body };
      await ask("s3:PutObject", signal, (client, limits) =>
        client.send(new PutObjectCommand(input), limits),
      );
    },
    remove: async (key, signal) => {
      await ask("s3:DeleteObject", signal, (client, limits) =>
        client.send(new DeleteObjectCommand(at(key)), limits),
      );
    },
    presign: async (key, livesSeconds) =>
      new Secret(
        await getSignedUrl(current().client, new GetObjectCommand(at(key)), {
          expiresIn: livesSeconds,
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
      });
      client.destroy();
      return new Secret(url);
    },
    read: async (key, signal) => {
      const { Body } = await ask("s3:GetObject", signal, (client) =>
        client.send(new GetObjectCommand(at(key)), { abortSignal: signal }),
      );
      return bytesOf(Body);
    },
    ...uploads(ask, at, encryption),
    region: () => current().region,
    close,
  };
}

/** Source: the SDK gives a Node stream in Node. */
async function* bytesOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Readable)) return;
  for await (const bytes of body) if (Buffer.isBuffer(bytes)) yield bytes;
}

function uploads(
  ask: Ask,
  at: (key: string) => { Bucket: string; Key: string },
  encryption: { ServerSideEncryption?: "aws:kms"; SSEKMSKeyId?: string },
): Pick<Objects, "startUpload" | "putPart" | "completeUpload" | "abortUpload"> {
  return {
    startUpload: async (key, signal) => {
      const input = { ...at(key), ...encryption };
      const { UploadId } = await ask("s3:PutObject", signal, (client, limits) =>
        client.send(new CreateMultipartUploadCommand(input), limits),
      );
      return required(UploadId, "an upload id");
    },
    putPart: async ({ key, uploadId, number, body }, signal) => {
      const input = {
        ...at(key),
        UploadId: uploadId,
        PartNumber: number,
        Body: body,
      };
      const { ETag, ChecksumCRC32: crc32 } = await ask(
        "s3:PutObject",
        signal,
        (client, limits) => client.send(new UploadPartCommand(input), limits),
      );
      const etag = required(ETag, "an ETag");
      return { number, etag, ...(crc32 === undefined ? {} : { crc32 }) };
    },
    completeUpload: async ({ key, uploadId, parts }, signal) => {
      const input = {
        ...at(key),
        UploadId: uploadId,
        MultipartUpload: { Parts: parts.map(viewPart) },
      };
      await ask("s3:PutObject", signal, (client, limits) =>
        client
          .send(new CompleteMultipartUploadCommand(input), limits)
          .catch(ignoreEndedUpload),
      );
    },
    abortUpload: async ({ key, uploadId }, signal) => {
      const input = { ...at(key), UploadId: uploadId };
      await ask("s3:AbortMultipartUpload", signal, (client, limits) =>
        client
          .send(new AbortMultipartUploadCommand(input), limits)
          .catch(ignoreEndedUpload),
      );
    },
  };
}

/** What had its effect already, when the answer got lost, is done: the node verifies what it fetches. */
function ignoreEndedUpload(error: unknown): void {
  if (errorName(error) !== "NoSuchUpload") throw error;
}

type Ask = <T>(
  action: string,
  signal: AbortSignal,
  work: (client: S3Client, limits: { abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T>;

/** A client for the bucket's region: where S3 says that a bucket is elsewhere, it is asked there, from then on. */
function openBucket(
  options: ClientOptions,
  bucket: string,
  target: string,
  clock: Clock,
) {
  let { region } = options;
  let client = openClient(options, bucket);
  const call = openCaller(target, clock, transferTimeoutMs);
  const ask: Ask = (action, signal, work) =>
    call(action, signal, (limits) =>
      work(client, limits).catch((error: unknown) => {
        const told = bucketRegion(error);
        if (told === undefined || told === region) throw error;
        client.destroy();
        region = told;
        client = openClient({ ...options, region }, bucket);
        return work(client, limits);
      }),
    );
  return {
    ask,
    current: () => ({ client, region }),
    close: () => client.destroy(),
  };
}

/** `checksums`: a signed URL for a body that is not known yet must not hold the checksum of none. */
function openClient(
  options: ClientOptions,
  bucket: string,
  checksums: "WHEN_SUPPORTED" | "WHEN_REQUIRED" = "WHEN_SUPPORTED",
): S3Client {
  const { requestHandler, ...config } = clientConfig(options);
  const client = new S3Client({
    ...config,
    requestHandler: { ...requestHandler, socketTimeout: idleTimeoutMs },
    requestChecksumCalculation: checksums,
    // an endpoint of the user's own has no name for each bucket, and a certificate's star stands for no dot
    forcePathStyle: options.endpoint !== undefined || bucket.includes("."),
  });
  // A part's headers alone are signed, its CRC-32 among them, which S3 compares with what arrives: a signature over the content
  // would cost as much again. Source: S3 API reference, "Signature calculations", UNSIGNED-PAYLOAD
  client.middlewareStack.add(
    (next, context) => (args) => {
      const { request } = args;
      if (context.commandName === "UploadPartCommand" && hasHeaders(request))
        request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
      return next(args);
    },
    { step: "build" },
  );
  return client;
}

function hasHeaders(
  request: unknown,
): request is { headers: Record<string, string> } {
  return (
    typeof request === "object" && request !== null && "headers" in request
  );
}

function viewPart({ number, etag, crc32 }: UploadedPart) {
  return {
    PartNumber: number,
    ETag: etag,
    ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
  };
}

function required(value: string | undefined, what: string): string {
  if (value !== undefined && value !== "") return value;
  throw new BridgeError("aws-failing", `S3 answered an upload without ${what}`);
}

/** Where S3 says that the bucket is. Source: S3 API reference, PermanentRedirect and AuthorizationHeaderMalformed. */
function bucketRegion(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const response: unknown = Reflect.get(error, "$response");
  const headers: unknown =
    typeof response === "object" && response !== null
      ? Reflect.get(response, "headers")
      : undefined;
  const told: unknown =
    typeof headers === "object" && headers !== null
      ? Reflect.get(headers, "x-amz-bucket-region")
      : undefined;
  return typeof told === "string" && told !== "" ? told : undefined;
}
