import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readEvent, readStream } from "../../../src/command/runner/stream.ts";

const runId = "0123456789abcdef01234567";
const mark = `[rundeck-ssm ${runId} `;
const lastLine = `${mark}exit=0 out=1 err=0 form=live]\n`;
const packed = (bytes: Uint8Array) =>
  `${mark}${gzipSync(bytes).toString("base64")}]\n`;

test("however the text is cut, the bytes are the same", () => {
  const part = fc.oneof(
    fc
      .string({ unit: "grapheme" })
      .map((text) => text.replaceAll("\0", ""))
      .filter((text) => !text.includes(mark))
      .map((text) => ({ text: `${text}\n`, bytes: Buffer.from(`${text}\n`) })),
    fc
      .uint8Array({ minLength: 1 })
      .map((bytes) => ({ text: packed(bytes), bytes: Buffer.from(bytes) })),
  );
  fc.assert(
    fc.property(
      fc.array(part),
      fc.array(fc.nat(400), { minLength: 1 }),
      (parts, cuts) => {
        const whole = parts.map(({ text }) => text).join("") + lastLine;
        const reader = readStream(runId);
        const bytes: Buffer[] = [];
        // by code points: no event ends within one
        const points = Array.from(`${whole}failed to run commands`);
        for (let index = 0; points.length > 0; index++) {
          const length = (cuts[index % cuts.length] ?? 0) + 1;
          bytes.push(reader.push(points.splice(0, length).join("")));
        }
        expect(Buffer.concat(bytes)).toEqual(
          Buffer.concat(parts.map((each) => each.bytes)),
        );
        expect(reader.report()).toMatchObject({ kind: "ended" });
      },
    ),
  );
});

test("what the command has written is there at once, also without the end of its line", () => {
  const reader = readStream(runId);
  expect(reader.push("progress: 10 %").toString()).toBe("progress: 10 %");
  expect(reader.push(" 20 %\n[rund").toString()).toBe(" 20 %\n");
  expect(reader.push("eck]").toString()).toBe("[rundeck]");
  expect(reader.push("x\n").toString()).toBe("x\n");
});

test("an event has its last newline again", () => {
  expect(readEvent("a\nb")).toBe("a\nb\n");
  expect(readEvent("a\nb\n")).toBe("a\nb\n");
});

test("a node without gzip sends the bytes as they are", () => {
  const bytes = Buffer.from([0xff, 0, 10]);
  const reader = readStream(runId);
  expect(reader.push(`${mark}${bytes.toString("base64")}]\n`)).toEqual(bytes);
});
