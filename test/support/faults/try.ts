import type { Cell } from "./cell.ts";
import { complaintsOf } from "./check.ts";
import { openWorld } from "./world.ts";

export type Tried = { cell: Cell; complaints: string[]; ms: number };

/** No run of the table takes so long: what does is killed, and has not held. */
const longestMs = 170_000;

/** Tries one cell through the built plugin. */
export async function tryCell(
  cell: Cell,
  place: { contents: string; folder: string },
): Promise<Tried> {
  await using world = await openWorld(cell, place);
  await cell.fault.arrange?.(world);
  const running = world.start();
  const stop = setTimeout(() => running.kill("SIGKILL"), longestMs);
  await cell.fault.during?.(world, running);
  const ended = await running.ended;
  clearTimeout(stop);
  const complaints = await complaintsOf(cell, world, ended);
  return { cell, complaints, ms: ended.ms };
}

/** What mostly waits costs little: many at once. What is quick costs a processor. */
const lanes = { waiting: 24, quick: 10 };
const waitsLong = ({ expected }: Cell): boolean =>
  expected.longestSeconds >= 40;

/** Does the work for each item, so many at once, in their order. */
export async function inLanes<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Tries many. The slow ones begin first, beside the quick ones. */
export async function tryCells(
  cells: readonly Cell[],
  place: { contents: string; folder: string },
  told: (tried: Tried) => void,
): Promise<Tried[]> {
  const done: Tried[] = [];
  const work = async (cell: Cell): Promise<void> => {
    const tried = await tryCell(cell, place).catch((error: unknown) => ({
      cell,
      complaints: [`could not be tried: ${String(error)}`],
      ms: 0,
    }));
    done.push(tried);
    told(tried);
  };
  const slow = cells
    .filter(waitsLong)
    .toSorted((a, b) => b.expected.longestSeconds - a.expected.longestSeconds);
  const quick = cells.filter((cell) => !waitsLong(cell));
  await Promise.all([
    inLanes(slow, lanes.waiting, work),
    inLanes(quick, lanes.quick, work),
  ]);
  return done;
}
