import { BridgeError, mayHaveHappened } from "../kernel/errors.ts";
import { composeUpload } from "../command/runner/compose.ts";
import { readSent } from "../command/runner/report.ts";
import type { Ended } from "../command/runner/report.ts";
import { deliverObject } from "../output/object.ts";
import { countPages } from "../output/packed.ts";
import type { OutputBucket } from "./ports.ts";
import { discardObject } from "./discard-object.ts";
import { callOf, objectLimitMs, retry, silenceLimitMs } from "./retry.ts";
import type { Run } from "./watch.ts";

/** Up to so many pages cost less than the way through a bucket. */
const pagesBeforeBucket = 10;
/** A node that is busy begins a command minutes after the send. */
const linkLivesSeconds = 15 * 60;
/** A bucket that fails for longer is not waited for: there are other ways. Two answers may get lost. */
const tryLimitMs = 45_000;

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
  const { plan, ports } = run;
  const objectName = run.leftObject ?? run.newObjectName();
  const key = keyOf(objectName);
  const mayExist = run.leftObject !== undefined;
  delete run.leftObject;
  await run.tellObject(objectName);
  const bucket = await ports.openBucket(bucketName);
  const link = { run, bucket, bucketName, key, signal, mayExist };
  try {
    await tryAccess(link);
    await sendFromNode(link);
    await readBack(link, report);
    run.spool.state = "left";
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof BridgeError)) throw error;
    const { target } = plan;
    const { subject } = ports;
    const why = error.message.startsWith(target)
      ? error.message
      : `${target}: ${error.message}`;
    const unused = why.includes("ssm-output-bucket")
      ? ""
      : `; ${subject.setting("ssm-output-bucket")} could not be used`;
    ports.log.note(
      `${why}${unused}; the output comes through SSM instead, up to ${subject.setting("ssm-output-limit")}`,
    );
    return false;
  } finally {
    if (link.mayExist)
      await discardObject(
        ports,
        { objects: bucket, bucket: bucketName, key, holds: "output" },
        run.last,
      );
    bucket.close();
  }
}

/** Removes the object that a process which died may have left, where the output has not gone through it once more. */
export async function discardLeft(run: Run): Promise<void> {
  const { ports, plan, leftObject, last } = run;
  const { outputBucket } = plan;
  if (leftObject === undefined || outputBucket === undefined) return;
  const objects = await ports.openBucket(outputBucket);
  const key = keyOf(leftObject);
  await discardObject(
    ports,
    { objects, bucket: outputBucket, key, holds: "output" },
    last,
  );
  objects.close();
}

function keyOf(objectName: string): string {
  return `rundeck-ssm-output/${objectName}`;
}

type Link = {
  run: Run;
  bucket: OutputBucket;
  bucketName: string;
  key: string;
  signal: AbortSignal;
  /** A request that may have made the object was sent. */
  mayExist: boolean;
};

/** Whether we may write and read the object is known before the node sends much; it also tells where the bucket is. */
async function tryAccess(link: Link): Promise<void> {
  const { run, bucket, key, signal } = link;
  const { ports } = run;
  const call = callOf(ports, signal);
  const patience = {
    silenceMs: tryLimitMs,
    untilEpochMs: ports.clock.now() + tryLimitMs,
  };
  const wasThere = link.mayExist;
  const onSent = () => {
    link.mayExist = true;
  };
  await retry(ports, patience, signal, () =>
    bucket.put(key, Buffer.alloc(0), { ...call, onSent }),
  ).catch((error: unknown) => {
    // what was refused did not make it
    if (!signal.aborted && !mayHaveHappened(error)) link.mayExist = wasThere;
    throw error;
  });
  await retry(ports, patience, signal, async () => {
    for await (const _ of await bucket.read(key, call));
  });
}

/**
 * By the node's own role if it can; a signed address, which AWS's command history keeps for longer than it lives, only if not.
 * A kill waits for it: an object that the node writes after we have removed it would stay. One that is given up has been cancelled.
 */
async function sendFromNode(link: Link): Promise<void> {
  const { run, bucket, bucketName, key, signal } = link;
  const { runId, platform, target } = run.plan;
  const send = async (url?: string) => {
    const where = { bucket: bucketName, key, ...(url ? { url } : {}) };
    const text = composeUpload({ runId, platform, ...where });
    signal.throwIfAborted();
    const { stdout } = await run.followUp(text, run.last);
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

/** Reads on for as long as it goes on: a slow reader on Rundeck's side makes the connection idle, and it is made anew. */
async function readBack(
  { run, bucket, key, signal }: Link,
  report: Ended,
): Promise<void> {
  const { ports, delivery } = run;
  const contact = { answeredAtEpochMs: ports.clock.now() };
  const patience = {
    silenceMs: silenceLimitMs,
    untilEpochMs: ports.clock.now() + objectLimitMs,
    contact,
  };
  await retry(ports, patience, signal, async () => {
    const before = deliveredBytes(run);
    try {
      const object = await bucket.read(key, callOf(ports, signal));
      await deliverObject(report, object, delivery);
    } finally {
      if (deliveredBytes(run) > before) {
        contact.answeredAtEpochMs = ports.clock.now();
        patience.untilEpochMs = ports.clock.now() + objectLimitMs;
      }
    }
  });
}

function deliveredBytes({ delivery: { delivered } }: Run): number {
  return delivered.stdout + delivered.stderr;
}
