import { describe, expect, it } from "vitest";
import { parseCopyTrace, writeCopyTrace } from "../../src/copy/trail.ts";
import type { CopyTrace } from "../../src/copy/trail.ts";

const copyId = "0123456789abcdef01234567";
const name = "f".repeat(32);
const commandId = "0f0e0d0c-1111-4222-8333-444455556666";

describe("what a copy tells of itself", () => {
  it.each<[string, CopyTrace]>([
    ["nothing yet", { copyId, commands: [] }],
    ["commands", { copyId, commands: [copyId, commandId] }],
    ["an object", { copyId, commands: [], object: { name } }],
    [
      "an upload, whose id is in any characters",
      {
        copyId,
        commands: [commandId],
        object: { name, uploadId: "a/b+c==:é ~" },
      },
    ],
  ])("is one word, and read as it was: %s", (_, trace) => {
    const word = writeCopyTrace(trace);
    expect(word).toMatch(/^[A-Za-z0-9_.:-]+$/);
    expect(parseCopyTrace(word)).toEqual(trace);
  });

  it.each(["", "x", copyId, `${copyId}::${name}`, `${copyId}:a b::`])(
    "is a defect if it is another's: '%s'",
    (word) => {
      expect(() => parseCopyTrace(word)).toThrow(/can't be done again/);
    },
  );
});
