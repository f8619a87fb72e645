import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { readStream } from "../../../src/command/runner/stream.ts";

const runId = "0123456789abcdef01234567";
const mark = `[rundeck-ssm ${runId} `;

/** What the live runner sends: whole lines as they are, or bytes as a line of its own. */
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
  .map((text) => `${text.replaceAll("\n", " ")}\n`)
  .filter((text) => !text.startsWith(mark));
const piece: fc.Arbitrary<Piece> = fc.oneof(
  line,
  fc
    .uint8Array({ minLength: 1, maxLength: 50 })
    .map((bytes) => Buffer.from(bytes)),
);

function toText(one: Piece): string {
  return typeof one === "string"
    ? one
    : `${mark}${gzipSync(one).toString("base64")}]\n`;
}

it("gives the command's bytes back, wherever its text is cut into events", () => {
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(200)), (pieces, cuts) => {
      const end = `${mark}exit=3 out=1 err=0 form=live sum=]\nfailed to run commands: exit status 3`;
      let text = pieces.map(toText).join("") + end;
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
    { numRuns: 1_000 },
  );
});
