import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Ended } from "../command/runner/report.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Delivery } from "./delivery.ts";

/** Whoever prints for us answers for each piece: large ones cost little. */
const pieceBytes = 262_144;

/**
 * Delivers a packed output as it is read from an object, stdout first, and leaves out what has been delivered. Memory stays flat,
 * whatever its size. Throws `output-incomplete` if it is not to the byte what the command wrote.
 */
export async function deliverObject(
  report: Ended,
  object: AsyncIterable<Uint8Array>,
  delivery: Delivery,
): Promise<void> {
  const hash = createHash("sha256");
  const total = report.stdoutBytes + report.stderrBytes;
  let at = 0;
  for await (const bytes of unpackStream(report, object)) {
    hash.update(bytes);
    const ofStdout = bytes.subarray(0, Math.max(0, report.stdoutBytes - at));
    const ofStderr = bytes.subarray(ofStdout.length);
    const { delivered } = delivery;
    const stderrAt = at + ofStdout.length - report.stdoutBytes;
    await delivery.write(
      "stdout",
      ofStdout.subarray(skip(delivered.stdout, at)),
    );
    await delivery.write(
      "stderr",
      ofStderr.subarray(skip(delivered.stderr, stderrAt)),
    );
    at += bytes.length;
  }
  const isWhole =
    at === total &&
    (report.sha256 === undefined || report.sha256 === hash.digest("hex"));
  if (!isWhole) throw incomplete();
}

function skip(delivered: number, at: number): number {
  return Math.max(0, delivered - at);
}

async function* unpackStream(
  { delivery }: Ended,
  object: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (delivery.kind === "packed" && delivery.isRaw) {
    yield* object;
    return;
  }
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  const reading = Readable.from(object);
  reading.once("error", (error) => gunzip.destroy(error));
  try {
    for await (const bytes of reading.pipe(gunzip))
      if (Buffer.isBuffer(bytes)) yield bytes;
  } catch (cause) {
    // a connection that broke is made anew
    throw cause instanceof BridgeError ? cause : incomplete(cause);
  } finally {
    reading.destroy();
  }
}

function incomplete(cause?: unknown): BridgeError {
  return new BridgeError(
    "output-incomplete",
    "the command's output did not come whole from the bucket",
    cause === undefined ? {} : { cause },
  );
}
