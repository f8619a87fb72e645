import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, inject, it } from "vitest";
import { pipelines } from "../support/faults/cell.ts";
import { tryCell } from "../support/faults/try.ts";
import { cells, chapters } from "./table.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-matrix-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A bounded part: what is quick, each fault with one of its pipelines in turn. `npm run faults` tries all. */
const quickSeconds = 15;
const chosen = chapters
  .flatMap(({ faults }) => faults)
  .flatMap((fault, index) => {
    const its = cells.filter(
      (cell) =>
        cell.fault === fault && cell.expected.longestSeconds <= quickSeconds,
    );
    return its.slice(index % Math.max(its.length, 1)).slice(0, 1);
  });

describe.concurrent("a fault", () => {
  it.for(chosen)("$id", async (cell, { expect }) => {
    const { complaints } = await tryCell(cell, {
      contents: inject("build").contents,
      folder,
    });
    expect(complaints).toEqual([]);
  });
});

describe("the table of faults", () => {
  it("has at least 50 for each pipeline, and no id twice", ({ expect }) => {
    for (const pipeline of pipelines)
      expect(
        cells.filter((cell) => cell.pipeline === pipeline).length,
      ).toBeGreaterThanOrEqual(50);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  });
});
