import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, inject, it } from "vitest";
import { inLanes } from "../support/faults/try.ts";
import { countRuns, drawRun } from "../support/faults/once.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-once-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `npm run faults -- once 1000` draws more. */
const runs = Array.from({ length: 40 }, (_, index) => drawRun(1, index));

describe("whatever fails, whatever the clocks, whenever it is killed", () => {
  it(
    "a command runs once, or not at all and with a line that says so",
    {
      timeout: 240_000,
    },
    async ({ expect }) => {
      const complaints: string[] = [];
      const place = { contents: inject("build").contents, folder };
      // they wait, mostly
      await inLanes(runs, 20, async (draw) => {
        const counted = await countRuns(draw, place);
        for (const said of counted.complaints)
          complaints.push(`run ${draw.index}: ${said}`);
      });
      expect(complaints).toEqual([]);
    },
  );
});
