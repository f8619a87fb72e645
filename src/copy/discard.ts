import { retryDelayMs } from "../exec/backoff.ts";
import { transient } from "../exec/send.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { StagePorts } from "./stage.ts";

/** How long S3 may fail before an object is given up. */
const discardLimitMs = 20_000;

/**
 * Removes an object; where that is denied (the bucket policy of Rundeck's own SSM plugin lets us only put) it is overwritten
 * with nothing. Never throws for AWS's refusals: what stays is told in one note.
 */
export async function discardObject(
  ports: StagePorts,
  { key, bucket, target }: { key: string; bucket: string; target: string },
): Promise<void> {
  const { objects, log, clock } = ports;
  const untilEpochMs = clock.now() + discardLimitMs;
  const never = new AbortController().signal;
  const removed = await attempt(ports, untilEpochMs, () =>
    objects.remove(key, never),
  );
  if (removed === "done") return;
  const emptied =
    removed === "refused"
      ? await attempt(ports, untilEpochMs, () =>
          objects.put(key, Buffer.alloc(0), never),
        )
      : removed;
  if (emptied === "done") return;
  const why =
    emptied === "refused"
      ? "s3:DeleteObject and s3:PutObject are denied"
      : "S3 did not answer";
  log.note(
    `${target}: s3://${bucket}/${key} holds the file and could not be removed (${why}); delete it, and let a lifecycle rule expire what is under the prefix`,
  );
}

async function attempt(
  { clock, random }: StagePorts,
  untilEpochMs: number,
  work: () => Promise<void>,
): Promise<"done" | "refused" | "unanswered"> {
  for (let count = 0; clock.now() < untilEpochMs; count += 1) {
    try {
      await work();
      return "done";
    } catch (error) {
      if (isRefusal(error)) return "refused";
      transient(error);
      await clock.sleep(retryDelayMs(count, random()));
    }
  }
  return "unanswered";
}

function isRefusal(error: unknown): boolean {
  return error instanceof BridgeError && !error.code.startsWith("aws-");
}
