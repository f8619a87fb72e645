import { array, asyncProperty, assert, integer, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeChunks } from "../../../src/local/s3/chunked.ts";

/** The chunked upload of the S3 API reference: 65,536 and 1,024 times `a`, each chunk with its signature. */
const documented = [
  "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
  "a".repeat(65_536),
  "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
  "a".repeat(1_024),
  "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
  "",
  "",
].join("\r\n");

/** Cuts bytes at the given places, as a network does. */
async function* cut(bytes: Buffer, places: number[]): AsyncGenerator<Buffer> {
  const ends = places
    .map((place) => place % (bytes.length + 1))
    .toSorted((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

async function decode(
  bytes: Buffer,
  places: number[] = [],
): Promise<{ body: Buffer; trailers: Map<string, string> }> {
  const trailers = new Map<string, string>();
  const pieces: Buffer[] = [];
  for await (const piece of decodeChunks(cut(bytes, places), trailers))
    pieces.push(piece);
  return { body: Buffer.concat(pieces), trailers };
}

describe("the aws-chunked framing", () => {
  it("comes off the reference's own example", async () => {
    const { body, trailers } = await decode(Buffer.from(documented));
    expect(body.equals(Buffer.from("a".repeat(66_560)))).toBe(true);
    expect(trailers.size).toBe(0);
  });

  it("comes off wherever the network cuts it, with its trailer", async () => {
    const cuts = array(integer({ min: 0, max: 10_000 }), { maxLength: 12 });
    const chunks = array(uint8Array({ minLength: 1, maxLength: 40 }), {
      maxLength: 5,
    });
    await assert(
      asyncProperty(chunks, cuts, async (contents, places) => {
        const framed = Buffer.concat([
          ...contents.flatMap((content) => [
            Buffer.from(`${content.length.toString(16)}\r\n`),
            Buffer.from(content),
            Buffer.from("\r\n"),
          ]),
          Buffer.from("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
        ]);
        const { body, trailers } = await decode(framed, places);
        expect(body).toEqual(Buffer.concat(contents));
        expect([...trailers]).toEqual([["x-amz-checksum-crc32", "AAAAAA=="]]);
      }),
    );
  });

  const broken: [string, string][] = [
    ["ends within a chunk", "a\r\n12345"],
    ["has no last chunk", "3\r\nabc\r\n"],
    ["has a size that is none", "x\r\nabc\r\n0\r\n\r\n"],
  ];
  it.each(broken)("that %s is IncompleteBody", async (_, text) => {
    await expect(decode(Buffer.from(text))).rejects.toMatchObject({
      code: "IncompleteBody",
    });
  });
});
