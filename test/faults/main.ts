// npm run faults [-- [--list] [--report FILE] [PART-OF-AN-ID…]]: tries the cells of the table through the built plugin.
// npm run faults -- once 1000 [--seed N] [--only INDEX]: counts how often commands ran, whatever failed.
// npm run faults -- canaries [PART-OF-AN-ID…]: searches for planted secrets.
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { canaryCells, findCanaries } from "../support/faults/canaries.ts";
import { countRuns, drawRun } from "../support/faults/once.ts";
import { inLanes, type Tried, tryCells } from "../support/faults/try.ts";
import { cells } from "./table.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    report: { type: "string" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const [what = "", ...rest] = positionals;
const startedAt = performance.now();
const folder = mkdtempSync(path.join(tmpdir(), "bridge-faults-"));
const release = readdirSync("dist").find((name) =>
  /^rundeck-ssm-bridge-[\d.]+$/.test(name),
);
// its own: a build meanwhile takes nothing away from it
const place = { contents: path.join(folder, "contents"), folder };
cpSync(path.join("dist", release ?? "", "contents"), place.contents, {
  recursive: true,
});

const holds =
  what === "once"
    ? await countMany(Number(rest[0] ?? "100"))
    : what === "canaries"
      ? await searchAll(rest)
      : values.list
        ? list(positionals)
        : await tryAll(positionals);
rmSync(folder, { recursive: true, force: true });
process.exitCode = holds ? 0 : 1;

function took(): string {
  return `${Math.round((performance.now() - startedAt) / 1_000)} s`;
}

function choose<Item>(
  items: readonly Item[],
  parts: string[],
  idOf: (item: Item) => string,
): Item[] {
  return items.filter(
    (item) =>
      parts.length === 0 || parts.some((part) => idOf(item).includes(part)),
  );
}

function list(parts: string[]): boolean {
  for (const { id } of choose(cells, parts, (it) => it.id)) console.log(id);
  return true;
}

async function tryAll(parts: string[]): Promise<boolean> {
  const chosen = choose(cells, parts, (it) => it.id);
  const tried = await tryCells(chosen, place, tell);
  const failed = tried.filter(({ complaints }) => complaints.length > 0);
  console.log(
    `${tried.length - failed.length} of ${tried.length} cells hold, in ${took()}`,
  );
  for (const pipeline of new Set(chosen.map((it) => it.pipeline))) {
    const its = tried.filter(({ cell }) => cell.pipeline === pipeline);
    const held = its.filter(({ complaints }) => complaints.length === 0);
    console.log(`  ${pipeline}: ${held.length} of ${its.length}`);
  }
  if (values.report !== undefined)
    writeFileSync(values.report, composeReport(failed, tried.length));
  return failed.length === 0;
}

function tell({ cell, complaints, ms }: Tried): void {
  const seconds = (ms / 1_000).toFixed(1);
  console.log(
    `${complaints.length === 0 ? "held" : "FAILED"} ${cell.id} (${seconds} s): ${cell.fault.fault}`,
  );
  for (const complaint of complaints) console.log(`    ${complaint}`);
}

/** What did not hold, to be worked through. */
function composeReport(failed: Tried[], count: number): string {
  const lines = failed
    .toSorted((a, b) => a.cell.id.localeCompare(b.cell.id))
    .map(
      ({ cell, complaints }) =>
        `- \`npm run faults -- ${cell.id}\`: ${cell.fault.fault}\n${complaints.map((it) => `    - ${it}\n`).join("")}`,
    );
  return `# ${failed.length} of ${count} cells do not hold\n\n${lines.join("")}`;
}

async function countMany(count: number): Promise<boolean> {
  const seed = Number(values.seed);
  const draws = Array.from({ length: count }, (_, i) =>
    drawRun(seed, i),
  ).filter(
    ({ index }) => values.only === undefined || Number(values.only) === index,
  );
  const counts = new Map<number, number>();
  let wrong = 0;
  await inLanes(draws, 32, async (draw) => {
    const { runs, complaints } = await countRuns(draw, place);
    counts.set(runs, (counts.get(runs) ?? 0) + 1);
    if (complaints.length === 0) return;
    wrong += 1;
    console.log(`run ${draw.index} of seed ${seed}: ${JSON.stringify(draw)}`);
    for (const complaint of complaints) console.log(`    ${complaint}`);
  });
  console.log(
    `${draws.length} runs in ${took()}: ${[...counts]
      .toSorted(([a], [b]) => a - b)
      .map(([runs, times]) => `${times} ran ${runs} times`)
      .join(", ")}; ${wrong} wrong`,
  );
  return wrong === 0;
}

async function searchAll(parts: string[]): Promise<boolean> {
  const chosen = choose(canaryCells, parts, ({ cell }) => cell.id);
  let wrong = 0;
  await inLanes(chosen, 4, async (planted) => {
    const found = await findCanaries(planted, place);
    if (found.length > 0) wrong += 1;
    console.log(
      `${found.length === 0 ? "held" : "FAILED"} ${planted.cell.id}: ${planted.planting.says}`,
    );
    for (const where of found) console.log(`    ${where}`);
  });
  console.log(
    `${chosen.length - wrong} of ${chosen.length} searches found nothing, in ${took()}`,
  );
  return wrong === 0;
}
