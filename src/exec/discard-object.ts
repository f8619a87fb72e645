import { BridgeError, mayPass } from "../kernel/errors.ts";
import type { Objects } from "../aws/objects.ts";
import type { Ports } from "./ports.ts";
import { callOf, retry } from "./retry.ts";

/** How long S3 may fail before an object is given up. */
const discardLimitMs = 15_000;

/** An object that something passes through, and what it holds: "the file". */
export type PassingObject = {
  objects: Pick<Objects, "put" | "remove">;
  bucket: string;
  key: string;
  holds: string;
};

/**
 * Removes an object; where that is denied (the bucket policy of Rundeck's own SSM plugin lets us only put) it is overwritten
 * with nothing. `last` ends it, nothing else. Never throws for AWS's refusals: what stays is told in one note.
 */
export async function discardObject(
  ports: Pick<Ports, "clock" | "random" | "log" | "subject">,
  object: PassingObject,
  last: AbortSignal,
  limitMs = discardLimitMs,
): Promise<void> {
  const { objects, key } = object;
  const { clock } = ports;
  const patience = {
    silenceMs: limitMs,
    untilEpochMs: clock.now() + limitMs,
  };
  const call = callOf(ports, last);
  const remove = () => objects.remove(key, call);
  const empty = () => objects.put(key, Buffer.alloc(0), call);
  try {
    const replaced = await retry(ports, patience, last, remove).catch(
      (error: unknown) => {
        if (mayPass(error) || !(error instanceof BridgeError)) throw error;
        return retry(ports, patience, last, empty);
      },
    );
    if (replaced === "version-kept") tellKept(ports, object);
  } catch (error) {
    if (!(error instanceof BridgeError) && !last.aborted) throw error;
    tellLeft(ports, object, error);
  }
}

function tellKept(
  { log, subject }: Pick<Ports, "log" | "subject">,
  { bucket, key, holds }: PassingObject,
): void {
  log.note(
    `${subject.target}: bucket ${bucket} is versioned, and an old version of ${key} may still hold ${holds}; allow s3:DeleteObjectVersion, or let a lifecycle rule expire noncurrent versions`,
  );
}

function tellLeft(
  { log, subject }: Pick<Ports, "log" | "subject">,
  { bucket, key, holds }: PassingObject,
  error: unknown,
): void {
  const why =
    error instanceof BridgeError && error.code === "access-denied"
      ? "s3:DeleteObject and s3:PutObject are denied"
      : "S3 did not answer";
  log.note(
    `${subject.target}: s3://${bucket}/${key} may hold ${holds} and could not be removed (${why}); delete it, and let a lifecycle rule expire what is under the prefix`,
  );
}
