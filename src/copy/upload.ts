import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { BridgeError } from "../kernel/errors.ts";
import type { UploadedPart } from "../aws/objects.ts";
import { discardObject } from "../exec/discard-object.ts";
import { callOf } from "../exec/retry.ts";
import type { Ends } from "../exec/send.ts";
import { lateSignal, persist } from "./persist.ts";
import { openProgress } from "./progress.ts";
import type { Source } from "./source.ts";
import type { StagePorts } from "./ports.ts";
import { allOrFirstFailure } from "./together.ts";

/** What is larger goes in parts of at least this, several at once. */
export const partBytes = 8 * 1024 * 1024;
/** Source: S3 User Guide, "Multipart upload limits". */
const mostParts = 10_000;
/** Parts on their way at once are held in memory. */
const atOnce = 4;
const heldBytes = 64 * 1024 * 1024;
/** How long S3 may fail before an upload is left as it is. */
const giveUpLimitMs = 20_000;

type Upload = ObjectOf & {
  source: Source;
  /** Told of each failed attempt to complete it. */
  onFailed: (error: unknown) => never;
};
type ObjectOf = { key: string; bucket: string; target: string };

/**
 * Uploads a file in parts, in constant memory. Answers the SHA-256 of what was uploaded. If that fails or is aborted,
 * the upload is given up, and no part of it stays.
 */
export async function uploadParts(
  ports: StagePorts,
  upload: Upload,
  { signal, last }: Ends,
): Promise<string> {
  const { objects } = ports;
  const { key, onFailed } = upload;
  const late = callOf(ports, lateSignal(ports, signal));
  const uploadId = await persist(ports, signal, () =>
    objects.startUpload(key, late),
  );
  await ports.trail.uploading(uploadId);
  const parts: UploadedPart[] = [];
  try {
    const sha256 = await sendParts(ports, upload, { uploadId, parts }, signal);
    const whole = { key, uploadId, parts: inOrder(parts) };
    await persist(ports, signal, () =>
      objects.completeUpload(whole, late).catch(onFailed),
    );
    return sha256;
  } catch (error) {
    await giveUpUpload(ports, upload, { uploadId, parts }, last);
    throw error;
  }
}

type Started = { uploadId: string; parts: UploadedPart[] };

async function sendParts(
  ports: StagePorts,
  upload: Upload,
  { uploadId, parts }: Started,
  signal: AbortSignal,
): Promise<string> {
  const { source, target, key } = upload;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const progress = openProgress(ports, { target, ofBytes: source.bytes });
  const sha256 = createHash("sha256");
  const size = partSize(source.bytes);
  const next = readInTurn(source, sha256);
  const work = async () => {
    const buffer = Buffer.allocUnsafe(size);
    for (;;) {
      const part = await next(buffer);
      if (!part) return;
      const { number, body } = part;
      const uploaded = await persist(ports, either, () =>
        ports.objects.putPart(
          { key, uploadId, number, body },
          callOf(ports, either),
        ),
      );
      parts.push(uploaded);
      progress(body.length);
    }
  };
  const workers = Math.max(1, Math.min(atOnce, Math.floor(heldBytes / size)));
  const working = Array.from({ length: workers }, () =>
    work().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await allOrFirstFailure(working);
  return sha256.digest("hex");
}

function partSize(fileBytes: number): number {
  const mebibyte = 1024 * 1024;
  const least = Math.ceil(fileBytes / mostParts / mebibyte) * mebibyte;
  return Math.max(partBytes, least);
}

type Part = { number: number; body: Buffer };

/** Reads the file's parts in their order, whoever asks; undefined after the last one. */
function readInTurn(
  source: Source,
  sha256: Hash,
): (buffer: Buffer) => Promise<Part | undefined> {
  let last: Promise<unknown> = Promise.resolve();
  let number = 0;
  let at = 0;
  const read = async (buffer: Buffer): Promise<Part | undefined> => {
    if (at === source.bytes) return undefined;
    const body = buffer.subarray(0, source.bytes - at);
    await source.read(body, at);
    sha256.update(body);
    at += body.length;
    number += 1;
    return { number, body };
  };
  return (buffer) => {
    const turn = last.then(() => read(buffer));
    last = turn;
    return turn;
  };
}

/**
 * Ends an upload so that S3 keeps none of its parts. Where aborting is denied (the bucket policy of Rundeck's own SSM plugin
 * lets us only put) it is completed with what is there, and the object discarded.
 */
export async function giveUpUpload(
  ports: StagePorts,
  upload: ObjectOf,
  { uploadId, parts }: Started,
  last: AbortSignal,
): Promise<void> {
  const { objects, log } = ports;
  const { key } = upload;
  const call = callOf(ports, last);
  try {
    const aborted = await persist(
      ports,
      last,
      () => objects.abortUpload({ key, uploadId }, call),
      giveUpLimitMs,
    ).then(
      () => true,
      (error: unknown) => {
        if (isDenied(error)) return false;
        throw error;
      },
    );
    if (aborted) return;
    if (parts.length === 0) {
      const body = Buffer.from("\n");
      const part = { key, uploadId, number: 1, body };
      parts.push(
        await persist(
          ports,
          last,
          () => objects.putPart(part, call),
          giveUpLimitMs,
        ),
      );
    }
    await persist(
      ports,
      last,
      () =>
        objects.completeUpload({ key, uploadId, parts: inOrder(parts) }, call),
      giveUpLimitMs,
    );
    await discardObject(ports, { ...upload, objects, holds: "the file" }, last);
  } catch {
    log.note(
      `${upload.target}: the unfinished upload of s3://${upload.bucket}/${key} could not be aborted; let a lifecycle rule abort incomplete multipart uploads`,
    );
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "access-denied";
}

function inOrder(parts: readonly UploadedPart[]): UploadedPart[] {
  return parts.toSorted((a, b) => a.number - b.number);
}
