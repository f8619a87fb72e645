import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeBytes,
  parseGreeting,
  parseWord,
} from "../../src/sidecar/frames.ts";

/** What bash makes of blocks: the client's own way to print them. */
function printed(frames: readonly Buffer[]): Buffer {
  const script = `LC_ALL=C
while read -r word size total; do
  IFS= read -r -N "$size" block
  printf %b "$block"
done`;
  return execFileSync("/bin/bash", ["-c", script], {
    input: Buffer.concat(frames),
    maxBuffer: 1 << 26,
  });
}

const counted = (taken: number) => taken;

describe("a stream in blocks", () => {
  it("arrives as it was, whatever its bytes are", () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 10_000 });
    const awkward = fc
      .array(
        fc.constantFrom("\\", "\0", "\\0", "\\c", "\n", "%s", "-n", "é", "7"),
        {
          minLength: 1,
          maxLength: 3_000,
        },
      )
      .map((words) => Buffer.from(words.join("")));
    fc.assert(
      fc.property(fc.oneof(bytes, awkward), (sent) => {
        const frames = encodeBytes("stdout", sent, counted);
        expect(printed(frames).equals(sent)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("has large blocks, not larger ones, and says in each how far it is", () => {
    const bytes = Buffer.concat([
      Buffer.alloc(180_000),
      Buffer.alloc(180_000, "a"),
    ]);
    const frames = encodeBytes("stderr", bytes, (taken) => 100 + taken);
    const heads = frames.map((frame) =>
      frame.toString("latin1", 0, frame.indexOf("\n")).split(" "),
    );
    expect(
      heads.every(([word, size]) => word === "e" && Number(size) <= 65_536),
    ).toBe(true);
    expect(heads.at(-1)?.[2]).toBe("360100");
    expect(heads.length).toBeGreaterThan(16);
  });
});

describe("what a client says", () => {
  it.each([
    [
      "secret 12 exec one",
      { kind: "exec", token: "secret", pid: 12, hasOneOutput: true },
    ],
    [
      "secret 12 copy two",
      { kind: "copy", token: "secret", pid: 12, hasOneOutput: false },
    ],
    ["secret 0 status", { kind: "status", token: "secret" }],
    ["secret 0 status two", undefined],
    ["secret 0 exec two", undefined],
    ["secret 12x exec two", undefined],
    ["secret 12 exec", undefined],
    ["secret 12 exec three", undefined],
    ["secret 12 exec two more", undefined],
    ["GET / HTTP/1.1", undefined],
    ["", undefined],
  ])("%j is a greeting or none", (line, greeting) => {
    expect(parseGreeting(line)).toEqual(greeting);
  });

  it.each([
    ["G", { kind: "go" }],
    ["K", { kind: "killed" }],
    ["R", { kind: "taken" }],
    ["W 1", { kind: "unwritable", stream: "stdout" }],
    ["W 2", { kind: "unwritable", stream: "stderr" }],
    [
      "/var/lib/a: line 7: printf: write error: No space left on device",
      { kind: "complaint", reason: "No space left on device" },
    ],
    ["anything else", undefined],
  ])("%j is a word or none", (line, word) => {
    expect(parseWord(line)).toEqual(word);
  });
});
