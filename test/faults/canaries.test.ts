import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, inject, it } from "vitest";
import { canaryCells, findCanaries } from "../support/faults/canaries.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-canaries-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.concurrent("a secret is found nowhere", () => {
  it.for(canaryCells)(
    "$cell.id: $planting.says",
    async (planted, { expect }) => {
      const { contents } = inject("build");
      expect(await findCanaries(planted, { contents, folder })).toEqual([]);
    },
  );
});
