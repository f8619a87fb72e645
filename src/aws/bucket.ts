import { S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import type { Call } from "./companions.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";

export type BucketOptions = {
  bucket: string;
  /** The setting that names it. */
  setting: "ssm-copier-bucket" | "ssm-output-bucket";
  /** Id, ARN or alias; absent: the bucket's default encryption. */
  kmsKey?: string;
};

/** A part takes its time on a slow line; a connection on which nothing moves is given up much earlier. */
const transferTimeoutMs = 600_000;
const idleTimeoutMs = 20_000;
/** What moves no content answers at once. */
const smallTimeoutMs = 8_000;

export type Ask = <T>(
  action: string,
  call: Call,
  work: (client: S3Client, limits: { abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T>;

/** A client for the bucket's region: where S3 says that a bucket is elsewhere, it is asked there, from then on. */
export function openBucket(
  options: ClientOptions,
  { bucket, setting }: BucketOptions,
  clock: Clock,
) {
  const open = (region: string) => ({
    region,
    client: openClient({ ...options, region }, bucket),
  });
  let current = open(options.region);
  // others may be asking by it, too
  const left: S3Client[] = [];
  const transfer = openCaller(options, clock, transferTimeoutMs);
  const small = openCaller(options, clock, smallTimeoutMs);
  const ask: Ask = (action, to, work) =>
    (action.startsWith("s3:Delete") ? small : transfer)(
      action,
      to,
      (limits) => {
        const asked = current;
        return work(asked.client, limits).catch((error: unknown) => {
          const told = bucketRegion(error);
          if (told === undefined || told === asked.region) throw error;
          if (told !== current.region) {
            left.push(current.client);
            current = open(told);
          }
          return work(current.client, limits);
        });
      },
      { setting, value: bucket },
    );
  return {
    ask,
    current: () => current,
    close: () => {
      for (const client of [current.client, ...left]) client.destroy();
    },
  };
}

/** `checksums`: a signed URL for a body that is not known yet must not hold the checksum of none. */
export function openClient(
  options: ClientOptions,
  bucket: string,
  checksums: "WHEN_SUPPORTED" | "WHEN_REQUIRED" = "WHEN_SUPPORTED",
): S3Client {
  const client = new S3Client({
    ...clientConfig(options),
    requestHandler: options.transport.handler({
      socketTimeoutMs: idleTimeoutMs,
    }),
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
