import { BridgeError } from "../kernel/errors.ts";
import { composeRemove, composeUpload } from "../command/runner/compose.ts";
import { readSent } from "../command/runner/report.ts";
import type { Ended } from "../command/runner/report.ts";
import { deliverObject } from "../output/object.ts";
import { countPages } from "../output/packed.ts";
import { retryDelayMs } from "./backoff.ts";
import type { OutputBucket } from "./ports.ts";
import { transient } from "./send.ts";
import type { Run } from "./watch.ts";

/** Up to so many pages cost less than the way through a bucket. */
const pagesBeforeBucket = 10;
/** A node that is busy takes a command minutes after the send. */
const linkLivesSeconds = 15 * 60;
const readAttempts = 4;
/** A node that has not sent its output by then is not waited for. */
const sendLimitMs = 120_000;

/** Whether an output is for the bucket: there is one, and SSM would take long, or not take all. */
export function isForBucket(run: Run, report: Ended): boolean {
  return (
    run.plan.outputBucket !== undefined &&
    (exceedsLimit(run, report) || pagesOf(report) > pagesBeforeBucket)
  );
}

/** Whether `ssm-output-limit` lets only a part of the output through SSM. What a reply already holds is not held back. */
export function exceedsLimit({ plan }: Run, report: Ended): boolean {
  const { stdoutBytes, stderrBytes } = report;
  return (
    pagesOf(report) > 1 &&
    Math.max(stdoutBytes, stderrBytes) > plan.outputLimitBytes
  );
}

/** How many replies the output takes, the first one included. */
export function pagesOf({ delivery }: Ended): number {
  return delivery.kind === "packed" ? countPages(delivery.packBytes) : 1;
}

/**
 * Delivers an output through the user's bucket: the node sends it there, we read it and remove it. Answers whether all of it has
 * been delivered; why not is told in a note, and what has been is not fetched again.
 */
export async function fetchByBucket(
  run: Run,
  bucketName: string,
  report: Ended,
  signal: AbortSignal,
): Promise<boolean> {
  const { plan, ports, followUp } = run;
  const { runId, platform } = plan;
  const key = `rundeck-ssm-output/${run.newRunId()}${run.newRunId()}`;
  const bucket = await ports.openBucket(bucketName);
  const link = { run, bucket, bucketName, key, signal };
  try {
    await tryAccess(link);
    await sendFromNode(link);
    await readBack(link, report);
    await followUp(composeRemove({ runId, platform }), signal);
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof BridgeError)) throw error;
    ports.log.note(
      `${error.message}; ssm-output-bucket ${bucketName} could not be used`,
    );
    return false;
  } finally {
    await discard(link);
    bucket.close();
  }
}

type Link = {
  run: Run;
  bucket: OutputBucket;
  bucketName: string;
  key: string;
  signal: AbortSignal;
};

/** Whether we may write and read the object is known before the node sends much; it also tells where the bucket is. */
async function tryAccess({ run, bucket, key, signal }: Link): Promise<void> {
  await persist(run, () => bucket.put(key, Buffer.alloc(0), signal));
  await persist(run, async () => {
    for await (const _ of await bucket.read(key, signal));
  });
}

/**
 * By the node's own role if it can; a signed address, which AWS's command history keeps for longer than it lives, only if not.
 * A kill waits for it: an object that the node writes after we have removed it would stay.
 */
async function sendFromNode(link: Link): Promise<void> {
  const { run, bucket, bucketName, key, signal } = link;
  const { runId, platform, target } = run.plan;
  const send = async (url?: string) => {
    const where = { bucket: bucketName, key, ...(url ? { url } : {}) };
    const text = composeUpload({ runId, platform, ...where });
    signal.throwIfAborted();
    const late = run.ports.clock.deadline(sendLimitMs);
    const { stdout } = await run.followUp(text, late);
    signal.throwIfAborted();
    return readSent(stdout, runId);
  };
  const sent =
    (await send()) ??
    (await send((await bucket.presignPut(key, linkLivesSeconds)).reveal()));
  if (sent === undefined)
    throw new BridgeError(
      "transfer-failed",
      `${target}: the node could not send the output to s3://${bucketName}/${key}: its role may not (s3:PutObject by the AWS CLI), and neither curl, python3 nor wget reached it`,
    );
}

async function readBack(
  { run, bucket, key, signal }: Link,
  report: Ended,
): Promise<void> {
  const { clock, random } = run.ports;
  for (let attempt = 1; ; attempt += 1) {
    const before = deliveredBytes(run);
    try {
      const object = await bucket.read(key, signal);
      await deliverObject(report, object, run.delivery);
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      // a slow reader on Rundeck's side makes the connection idle: what counts is whether it goes on
      if (deliveredBytes(run) > before) attempt = 1;
      if (attempt >= readAttempts) throw error;
      await clock.sleep(retryDelayMs(attempt, random()), signal);
    }
  }
}

function deliveredBytes({ delivery: { delivered } }: Run): number {
  return delivered.stdout + delivered.stderr;
}

/** Removes the object, or empties it where we may only write; what stays is told. Nobody's signal keeps it from that. */
async function discard({ run, bucket, bucketName, key }: Link): Promise<void> {
  const never = new AbortController().signal;
  try {
    await persist(run, () => bucket.remove(key, never)).catch(() =>
      persist(run, () => bucket.put(key, Buffer.alloc(0), never)),
    );
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    run.ports.log.note(
      `${run.plan.target}: s3://${bucketName}/${key} could not be removed (${error.code}); delete it, and let a lifecycle rule expire what is there`,
    );
  }
}

/** Repeats what may be repeated, for a few seconds. */
async function persist(
  { ports: { clock, random } }: Run,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const failure = transient(error);
      if (attempt >= readAttempts) throw failure;
      await clock.sleep(retryDelayMs(attempt, random()));
    }
  }
}
