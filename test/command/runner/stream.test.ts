import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, it, test } from "vitest";
import { readStream } from "../../../src/command/runner/stream.ts";
import { runs } from "../../support/fuzz.ts";

const runId = "0123456789abcdef01234567";
const mark = `[rundeck-ssm ${runId} `;

/** What the live runner sends: whole lines as they are, or bytes as a line of its own. A node of Windows has lines with CRLF. */
type Piece = string | Buffer;

const line = fc
  .oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(
      "",
      "[",
      "[rundeck-ssm ",
      `[rundeck-ssm ${runId.slice(0, 10)}`,
      `x${mark}abc]`,
    ),
  )
  .chain((text) =>
    fc
      .constantFrom("\n", "\r\n")
      .map((end) => `${text.replaceAll(/[\r\n]/g, " ")}${end}`),
  )
  .filter((text) => !text.startsWith(mark));
const piece: fc.Arbitrary<Piece> = fc.oneof(
  line,
  fc
    .uint8Array({ minLength: 1, maxLength: 50 })
    .map((bytes) => Buffer.from(bytes)),
);

/** CloudWatch makes LF of CRLF: the runner does it first, and says so where it begins and ends. */
function toText(pieces: readonly Piece[]): string {
  let end = "lf";
  return pieces
    .map((one) => {
      if (typeof one !== "string")
        // a node without gzip sends it as it is
        return one.length % 3 === 0
          ? `${mark}raw=1 ${one.toString("base64")}]\n`
          : `${mark}${gzipSync(one).toString("base64")}]\n`;
      const own = one.endsWith("\r\n") ? "crlf" : "lf";
      const told = own === end ? "" : `${mark}${own}]\n`;
      end = own;
      return `${told}${one.replace("\r\n", "\n")}`;
    })
    .join("");
}

it("gives the command's bytes back, wherever its text is cut into events", () => {
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
      const end = `${mark}exit=3 out=1 err=0 form=live sum=]\nfailed to run commands: exit status 3`;
      let text = toText(pieces) + end;
      const reader = readStream(runId);
      const bytes: Buffer[] = [];
      for (const cut of cuts) {
        const head = Array.from(text).slice(0, cut).join("");
        bytes.push(reader.push(head));
        text = text.slice(head.length);
      }
      bytes.push(reader.push(text));
      const wanted = pieces.map((one) => Buffer.from(one));
      expect(Buffer.concat(bytes).toString("latin1")).toBe(
        Buffer.concat(wanted).toString("latin1"),
      );
      expect(reader.report()).toMatchObject({ ending: { exitCode: 3 } });
    }),
    { numRuns: runs(1_000) },
  );
});

test("output that is itself a gzip comes as it is from a node without gzip", () => {
  const output = gzipSync("hello\n").subarray(0, 20);
  const reader = readStream(runId);
  expect(reader.push(`${mark}raw=1 ${output.toString("base64")}]\n`)).toEqual(
    output,
  );
});

test("a packed line that is damaged is output-incomplete", () => {
  const damaged = gzipSync("hello\n").subarray(0, 20).toString("base64");
  expect(() => readStream(runId).push(`${mark}${damaged}]\n`)).toThrow(
    expect.objectContaining({ code: "output-incomplete" }),
  );
});
