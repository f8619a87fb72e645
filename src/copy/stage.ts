import { createHash } from "node:crypto";
import { mayHaveHappened } from "../kernel/errors.ts";
import type { Secret } from "../kernel/secret.ts";
import { discardObject } from "../exec/discard-object.ts";
import { callOf } from "../exec/retry.ts";
import type { Ends } from "../exec/send.ts";
import { lateSignal, persist } from "./persist.ts";
import { readWhole } from "./source.ts";
import type { StagePorts } from "./ports.ts";
import type { Source } from "./source.ts";
import { giveUpUpload, partBytes, uploadParts } from "./upload.ts";

/** An object that a file passes through. Disposing of it removes it. */
export type Staged = AsyncDisposable & {
  bucket: string;
  key: string;
  /** The bucket's, which may not be the node's. */
  region: string;
  /** Of what was uploaded. */
  sha256: string;
  /** A URL by which anybody can fetch it, for minutes. */
  presign(): Promise<Secret>;
};

/** A node that is busy takes a command minutes after the send. */
const linkLivesSeconds = 15 * 60;
/** S3 has not answered for a minute when it is asked to remove what it may have. */
const unansweredLimitMs = 5_000;

/**
 * Uploads a file as an object. If that fails or is aborted, nothing of it stays.
 * Throws `aws-…` when S3 stays away for a minute, and whatever it refuses.
 */
export async function stageObject(
  ports: StagePorts,
  { key, bucket, target }: { key: string; bucket: string; target: string },
  file: { source: Source; content: Buffer | undefined },
  ends: Ends,
): Promise<Staged> {
  const { objects, trail } = ports;
  const { signal, last } = ends;
  const late = lateSignal(ports, signal);
  await trail.staging();
  let mayExist = file.source.bytes > partBytes;
  let isInDoubt = false;
  const onSent = () => {
    mayExist = true;
  };
  const onFailed = (error: unknown): never => {
    isInDoubt ||= mayHaveHappened(error);
    throw error;
  };
  const discard = async (limitMs?: number) => {
    const object = { objects, key, bucket, holds: "the file" };
    await discardObject(ports, object, last, limitMs);
    objects.close();
  };
  try {
    const sha256 = await upload(
      ports,
      { ...file, key, bucket, target, onSent, onFailed, late },
      ends,
    );
    signal.throwIfAborted();
    return {
      bucket,
      key,
      sha256,
      region: objects.region(),
      presign: () => objects.presign(key, linkLivesSeconds),
      [Symbol.asyncDispose]: () => discard(),
    };
  } catch (error) {
    const isLeft = mayExist && (signal.aborted || isInDoubt);
    const isCutOff = isLeft && late.aborted && file.source.bytes <= partBytes;
    if (isLeft) await discard(unansweredLimitMs);
    else objects.close();
    if (isCutOff) tellLate(ports, { key, bucket, target });
    throw error;
  }
}

/** Whether S3 does what we no longer waited for nobody knows. */
function tellLate(
  { log }: Pick<StagePorts, "log">,
  { key, bucket, target }: { key: string; bucket: string; target: string },
): void {
  log.note(
    `${target}: s3://${bucket}/${key} may still come to hold the file, since S3 had not answered its upload when the job was killed; let a lifecycle rule expire what is under the prefix`,
  );
}

/** Removes what a process that died has left: an upload that had begun, and the object. */
export async function discardLeft(
  ports: StagePorts,
  { uploadId, ...object }: LeftObject,
  last: AbortSignal,
): Promise<void> {
  const { objects } = ports;
  if (uploadId !== undefined)
    await giveUpUpload(ports, object, { uploadId, parts: [] }, last);
  await discardObject(ports, { ...object, objects, holds: "the file" }, last);
  objects.close();
}

type LeftObject = {
  key: string;
  bucket: string;
  target: string;
  uploadId?: string;
};

/** Answers the SHA-256 of what was uploaded. */
async function upload(
  ports: StagePorts,
  file: {
    source: Source;
    content: Buffer | undefined;
    key: string;
    bucket: string;
    target: string;
    onSent: () => void;
    /** Told of each attempt to make the object: a repeat that is refused says nothing of the one before. */
    onFailed: (error: unknown) => never;
    late: AbortSignal;
  },
  ends: Ends,
): Promise<string> {
  const { source, key, onSent, onFailed, late } = file;
  if (source.bytes > partBytes) return uploadParts(ports, file, ends);
  const content = file.content ?? (await readWhole(source));
  const { signal } = ends;
  const call = { ...callOf(ports, late), onSent };
  const put = () => ports.objects.put(key, content, call).catch(onFailed);
  await persist(ports, signal, put);
  return createHash("sha256").update(content).digest("hex");
}
