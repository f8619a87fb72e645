import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { serveS3 } from "./serve.ts";

const pieceBytes = 1024 * 1024;
const pieces = 256;

// all of it is hashed several times: seconds on a quiet machine, a minute on a busy one
it(
  "256 MB pass in and out while memory grows by less than 96 MB",
  { timeout: 180_000 },
  async () => {
    await using served = await serveS3();
    served.s3.createBucket("large");
    const client = served.client();
    const sent = createHash("sha256");
    let peakBytes = 0;
    const before = process.memoryUsage.rss();
    function watch(): void {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss() - before);
    }
    const Body = Readable.from(makePieces(sent, watch), { objectMode: false });
    const Key = "k";
    await client.send(
      new PutObjectCommand({
        Bucket: "large",
        Key,
        Body,
        ContentLength: pieces * pieceBytes,
      }),
    );
    const got = await client.send(
      new GetObjectCommand({ Bucket: "large", Key }),
    );
    const received = createHash("sha256");
    if (!(got.Body instanceof Readable)) throw new Error("no stream");
    for await (const piece of got.Body) {
      if (Buffer.isBuffer(piece)) received.update(piece);
      watch();
    }
    expect(received.digest("hex")).toBe(sent.digest("hex"));
    expect(peakBytes).toBeLessThan(96 * 1024 * 1024);
  },
);

function* makePieces(
  sent: ReturnType<typeof createHash>,
  watch: () => void,
): Generator<Buffer> {
  for (let index = 0; index < pieces; index++) {
    const piece = Buffer.alloc(pieceBytes, index);
    sent.update(piece);
    watch();
    yield piece;
  }
}
