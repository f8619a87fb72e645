import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { leavePlain } from "../../src/copy/pack.ts";
import { composeJoin } from "../../src/copy/script.ts";
import { openNode } from "../support/agent.ts";
import type { NodeShell } from "../support/agent.ts";
import {
  destinationOf,
  openFolders,
  sendWhole,
  shells,
} from "../support/node-copy.ts";
import { runs } from "../support/fuzz.ts";

const content = Buffer.from("content\n");
const hard = [
  ...Array.from("'\"\\$`!*?[]{}()<>|&;#~=%@^,: \t-"),
  "{{ssm:x}}",
  "{{",
  "$(touch x)",
  "${HOME}",
  "'\\''",
  "%s",
  "\\n",
  "..",
  "é",
  "🚀",
  "\u0001",
];
/** A name that a file may have, and that Rundeck can read back. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(...hard),
      fc.string({ unit: "grapheme", maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join("").replaceAll(/[\0\r\n/\p{Cs}]/gu, ""))
  .filter(
    (text) => !["", ".", ".."].includes(text) && Buffer.byteLength(text) <= 200,
  );

describe.each(shells)("any name at all, in %s", (shell: NodeShell) => {
  const ends: (() => void)[] = [];
  const makeFolder = openFolders((remove) => ends.push(remove));
  const node = openNode(shell, (remove) => ends.push(remove));
  afterAll(() => ends.forEach((end) => end()));

  it("is a name and nothing else: of a file, of folders, and of the file to copy", async () => {
    await fc.assert(
      fc.asyncProperty(name, name, name, async (middle, last, own) => {
        const folder = makeFolder();
        const to = `${folder}/${middle}/${last}`;
        expect(await sendWhole(node, content, destinationOf(to))).toEqual({
          kind: "copied",
          path: to,
        });
        const given = destinationOf(`${folder}/${middle}/`, {
          fileName: own,
        });
        expect(await sendWhole(node, content, given)).toEqual({
          kind: "copied",
          path: `${folder}/${middle}/${own}`,
        });
        expect(readdirSync(folder)).toEqual([middle]);
        expect(new Set(readdirSync(path.join(folder, middle)))).toEqual(
          new Set([last, own]),
        );
        expect(readFileSync(path.join(folder, middle, last))).toEqual(content);
        rmSync(folder, { recursive: true });
      }),
      { numRuns: runs(25) },
    );
  });
});

it("no text has what Systems Manager would fill in", () => {
  fc.assert(
    fc.property(name, name, (to, own) => {
      const destination = destinationOf(`/srv/${to}`, {
        fileName: own,
        runAs: to,
      });
      const packed = leavePlain(content);
      const piece = { number: 1, of: 1, base64: "" };
      expect(composeJoin(destination, piece, packed)).not.toContain("{{");
    }),
  );
});
