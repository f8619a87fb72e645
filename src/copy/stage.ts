import { createHash } from "node:crypto";
import type { Ports } from "../exec/ports.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Secret } from "../kernel/secret.ts";
import type { Objects } from "../aws/objects.ts";
import { discardObject } from "./discard.ts";
import { lateSignal, persist } from "./persist.ts";
import { readWhole } from "./source.ts";
import type { Source } from "./source.ts";
import { partBytes, uploadParts } from "./upload.ts";

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

/** What a copy does with a bucket: it never reads there. */
export type Store = Omit<Objects, "read" | "presignPut">;

export type StagePorts = Pick<Ports, "clock" | "log" | "random"> & {
  objects: Store;
};

/** A node that is busy takes a command minutes after the send. */
const linkLivesSeconds = 15 * 60;

/**
 * Uploads a file as an object. If that fails or is aborted, nothing of it stays.
 * Throws `aws-…` when S3 stays away for a minute, and whatever it refuses.
 */
export async function stageObject(
  ports: StagePorts,
  { key, bucket, target }: { key: string; bucket: string; target: string },
  file: { source: Source; content: Buffer | undefined },
  signal: AbortSignal,
): Promise<Staged> {
  const { objects } = ports;
  const discard = async () => {
    await discardObject(ports, { key, bucket, target });
    objects.close();
  };
  try {
    const sha256 = await upload(
      ports,
      { ...file, key, bucket, target },
      signal,
    );
    signal.throwIfAborted();
    return {
      bucket,
      key,
      sha256,
      region: objects.region(),
      presign: () => objects.presign(key, linkLivesSeconds),
      [Symbol.asyncDispose]: discard,
    };
  } catch (error) {
    if (signal.aborted || isUncertain(error)) await discard();
    else objects.close();
    throw error;
  }
}

/** Whether it may have been done nevertheless. What S3 refused, it did not do. */
function isUncertain(error: unknown): boolean {
  return error instanceof BridgeError && error.code.startsWith("aws-");
}

/** Answers the SHA-256 of what was uploaded. */
async function upload(
  ports: StagePorts,
  file: {
    source: Source;
    content: Buffer | undefined;
    key: string;
    bucket: string;
    target: string;
  },
  signal: AbortSignal,
): Promise<string> {
  const { source, target, key } = file;
  if (source.bytes > partBytes) return uploadParts(ports, file, signal);
  const content = file.content ?? (await readWhole(source, target));
  const late = lateSignal(ports, signal);
  await persist(ports, signal, () => ports.objects.put(key, content, late));
  return createHash("sha256").update(content).digest("hex");
}
