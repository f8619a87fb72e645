import { mkdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { createKeys, type Keys } from "../kms.ts";
import type { Call } from "../protocol.ts";
import type { BucketOptions } from "./bucket-options.ts";
import { addBucket } from "./buckets.ts";
import { answerFault, toS3Fault } from "./fault.ts";
import { readSegments } from "./get.ts";
import type { S3State } from "./request.ts";
import { chooseOperation, operationOf } from "./route.ts";
import { sortKeys, type Bucket } from "./store.ts";
import { parseTarget } from "./target.ts";

export type S3Options = {
  /** Where objects are kept; everything below it is ours. */
  folder: string;
  /** Region and account of buckets that don't say. */
  region: string;
  account: string;
  /** Default: the machine's clock. */
  now?: () => number;
  /** Default: none that has a policy. */
  keys?: Keys;
};

export type S3 = {
  /** Answers every S3 request, refusals included; rejects only for defects and for clients that hung up. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    call: Call,
  ): Promise<void>;
  /** Makes the bucket, or makes it anew. Its `policy` may be changed at any time. */
  createBucket(name: string, options?: BucketOptions): Bucket;
  /** Keys of all objects that are there, sorted; empty for an unknown bucket. */
  keysOf(bucket: string): string[];
  /** Keys of the multipart uploads that were neither completed nor aborted. */
  uploadsOf(bucket: string): string[];
  /** The whole of an object's bytes, or undefined if there is none. */
  contentOf(bucket: string, key: string): Promise<Buffer | undefined>;
};

/** S3 with its objects in files below a folder, so that a large one is in no memory. */
export function createS3(options: S3Options): S3 {
  mkdirSync(options.folder, { recursive: true });
  let files = 0;
  const state: S3State = {
    ...options,
    now: options.now ?? Date.now,
    keys: options.keys ?? createKeys(),
    buckets: new Map(),
    nextPath: () => path.join(options.folder, String((files += 1))),
  };
  return {
    handle: (request, response, call) =>
      handle(state, { request, response, call }),
    createBucket: (name, bucketOptions) =>
      addBucket(state, name, bucketOptions),
    keysOf: (bucket) =>
      sortKeys(state.buckets.get(bucket)?.objects.keys() ?? []),
    uploadsOf: (bucket) =>
      [...(state.buckets.get(bucket)?.uploads.values() ?? [])].map(
        ({ key }) => key,
      ),
    contentOf: (bucket, key) => readContent(state, bucket, key),
  };
}

/** S3's name of the operation that a request asks for, or undefined for what S3 refuses as a request. */
export function nameOperation(request: IncomingMessage): string | undefined {
  try {
    const target = parseTarget(request.url ?? "/", request.headers.host ?? "");
    return chooseOperation(request.method ?? "GET", target);
  } catch {
    return undefined;
  }
}

type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  call: Call;
};

async function handle(state: S3State, exchange: Exchange): Promise<void> {
  const { request, response, call } = exchange;
  const { url = "/", method = "GET" } = request;
  try {
    const target = parseTarget(url, request.headers.host ?? "");
    const run = operationOf(chooseOperation(method, target));
    await run({ ...target, ...exchange, state });
  } catch (error) {
    const fault = toS3Fault(error);
    if (!fault || response.headersSent) throw error;
    answerFault(response, fault, {
      requestId: call.requestId,
      method,
      resource: url.split("?")[0] ?? "/",
    });
  } finally {
    // A refused upload is still being sent: what nobody reads would block the connection.
    request.resume();
  }
}

async function readContent(
  state: S3State,
  bucket: string,
  key: string,
): Promise<Buffer | undefined> {
  const object = state.buckets.get(bucket)?.objects.get(key);
  if (!object) return undefined;
  const pieces: Buffer[] = [];
  const everything = { first: 0, last: object.size - 1 };
  for await (const data of readSegments(object.segments, everything))
    pieces.push(data);
  return Buffer.concat(pieces);
}
