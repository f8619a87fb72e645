import type { Contender } from "./contenders.ts";
import { formatTable, judge, median } from "./figures.ts";
import { measure } from "./measure.ts";
import type { Measurement, Surroundings } from "./measure.ts";

const megabyte = 1_000_000;

/**
 * The cost of one execution of a command that ends at once. The contenders take turns, so that a noisy moment falls on
 * all of them, and ratios are taken round by round.
 */
export async function benchCost(
  contenders: readonly Contender[],
  surroundings: Surroundings,
  { instanceId, rounds }: { instanceId: string; rounds: number },
): Promise<string> {
  const request = { instanceId, command: "echo hello; exit 3", exitCode: 3 };
  // the first start of each fills caches: ours V8's, Python's its compiled modules
  for (const contender of contenders)
    await measure(contender, surroundings, request);
  const taken = new Map<string, Measurement[]>(
    contenders.map(({ name }) => [name, []]),
  );
  for (let round = 0; round < rounds; round += 1)
    for (const contender of contenders)
      taken
        .get(contender.name)
        ?.push(await measure(contender, surroundings, request));
  return report(contenders, taken, rounds);
}

function report(
  contenders: readonly Contender[],
  taken: ReadonlyMap<string, Measurement[]>,
  rounds: number,
): string {
  const [ours = [], ...others] = contenders.map(
    ({ name }) => taken.get(name) ?? [],
  );
  const ratios = others.map((theirs) =>
    median(ours.map((run, i) => run.cpuMs / (theirs[i]?.cpuMs ?? Number.NaN))),
  );
  const rows = contenders.map(({ name }, i) => {
    const runs = taken.get(name) ?? [];
    return [
      name,
      median(runs.map((run) => run.cpuMs)).toFixed(0),
      (median(runs.map((run) => run.peakBytes)) / megabyte).toFixed(1),
      median(runs.map((run) => run.wallMs)).toFixed(0),
      i === 0 ? "" : `1/${(1 / (ratios[i - 1] ?? Number.NaN)).toFixed(1)}`,
    ];
  });
  const limits = [1 / 8, 1 / 3];
  const verdicts = ratios.map((ratio, i) =>
    judge(`CPU against ${contenders[i + 1]?.name}:`, ratio, limits[i] ?? 1, ""),
  );
  const peakMb = Math.max(...ours.map((run) => run.peakBytes)) / megabyte;
  return [
    `One execution of "echo hello; exit 3", medians of ${rounds} interleaved rounds`,
    formatTable([["", "CPU ms", "peak MB", "wall ms", "our CPU"], ...rows]),
    ...verdicts,
    judge("peak memory, largest of all rounds:", peakMb, 64, " MB"),
  ].join("\n");
}
