import { S3Fault } from "./fault.ts";

/**
 * Takes the `aws-chunked` framing off a body and collects its trailers. Chunk signatures are not looked at.
 * Source: S3 API reference, "Signature calculations: transferring payload in multiple chunks".
 */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const progress: Progress = {
    kept: Buffer.alloc(0),
    expects: "size",
    left: 0,
  };
  for await (const piece of source) {
    const { kept } = progress;
    progress.kept = kept.length === 0 ? piece : Buffer.concat([kept, piece]);
    for (;;) {
      if (progress.expects === "data") {
        if (progress.kept.length === 0) break;
        yield takeData(progress);
      } else {
        const line = takeLine(progress);
        if (line === undefined) break;
        readLine(progress, line, trailers);
      }
    }
  }
  if (progress.expects !== "trailer") throw incomplete();
}

type Progress = {
  /** Bytes that came and are not used up yet. */
  kept: Buffer;
  expects: "size" | "data" | "data-end" | "trailer";
  /** Bytes of the current chunk still to come. */
  left: number;
};

function takeData(progress: Progress): Buffer {
  const data = progress.kept.subarray(0, progress.left);
  progress.kept = progress.kept.subarray(data.length);
  progress.left -= data.length;
  if (progress.left === 0) progress.expects = "data-end";
  return data;
}

function readLine(
  progress: Progress,
  line: string,
  trailers: Map<string, string>,
): void {
  if (progress.expects === "trailer") addTrailer(trailers, line);
  else if (progress.expects === "data-end") progress.expects = "size";
  else {
    progress.left = parseSize(line);
    progress.expects = progress.left === 0 ? "trailer" : "data";
  }
}

export function incomplete(): S3Fault {
  return new S3Fault(
    "IncompleteBody",
    400,
    "The request body terminated unexpectedly",
  );
}

function takeLine(progress: Progress): string | undefined {
  const end = progress.kept.indexOf("\r\n");
  if (end < 0) return undefined;
  const line = progress.kept.toString("latin1", 0, end);
  progress.kept = progress.kept.subarray(end + 2);
  return line;
}

function parseSize(line: string): number {
  const [digits = ""] = line.split(";");
  if (!/^[0-9a-f]+$/i.test(digits)) throw incomplete();
  return parseInt(digits, 16);
}

function addTrailer(trailers: Map<string, string>, line: string): void {
  const at = line.indexOf(":");
  if (at > 0)
    trailers.set(line.slice(0, at).toLowerCase(), line.slice(at + 1).trim());
}
