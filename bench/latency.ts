import type { Contender } from "./contenders.ts";
import type { CountingProxy } from "./counting-proxy.ts";
import { formatTable, judge, median } from "./figures.ts";
import { measure } from "./measure.ts";
import type { Surroundings } from "./measure.ts";

type Sample = {
  seconds: number;
  lagMs: number;
  /** When AWS was called, in ms after the send. */
  calls: number[];
};

type Bench = {
  surroundings: Surroundings;
  proxy: CountingProxy;
  instanceIds: readonly string[];
};

/**
 * From the end of a remote command to the end of whoever waits for it, and the AWS calls that this took. Commands run for
 * about so many seconds, not for exactly so many: with a fixed schedule of looks, a single duration shows chance.
 */
export async function benchLatency(
  contenders: readonly Contender[],
  bench: Bench,
  durations: readonly number[],
): Promise<string> {
  const rows: string[][] = [];
  const verdicts: string[] = [];
  for (const seconds of durations) {
    for (const contender of contenders) {
      const ours = contender === contenders[0];
      const spread = chooseSeconds(seconds, ours);
      const samples = await takeSamples(contender, bench, spread);
      const lags = samples.map((sample) => sample.lagMs);
      rows.push([
        `about ${seconds} s, ${contender.name}`,
        median(lags).toFixed(0),
        Math.max(...lags).toFixed(0),
        `${mostCalls(samples)}`,
      ]);
      if (ours) verdicts.push(...judgeOurs(seconds, samples));
    }
  }
  return [
    "From the remote command's end to the exit",
    formatTable([
      ["command of", "median ms", "longest ms", "most AWS calls"],
      ...rows,
    ]),
    ...verdicts,
  ].join("\n");
}

/** A fifth shorter to a fifth longer. The peers wait as long with fewer samples, to get on. */
function chooseSeconds(seconds: number, ours: boolean): number[] {
  const count = ours ? 15 : 5;
  if (ours || seconds < 5)
    return Array.from(
      { length: count },
      (_, index) => seconds * (0.8 + (0.4 * index) / (count - 1)),
    );
  return [seconds];
}

function judgeOurs(seconds: number, samples: readonly Sample[]): string[] {
  const lags = samples.map((sample) => sample.lagMs);
  const shares = samples.map((sample) => sample.lagMs / sample.seconds / 10);
  const lag =
    seconds < 2
      ? judge(`${seconds} s: median lag`, median(lags), 300, " ms")
      : judge(`${seconds} s: median lag`, median(shares), 15, " % of the run");
  const longest = judge(
    `${seconds} s: longest lag`,
    Math.max(...lags),
    5_000,
    " ms",
  );
  const soon = judge(
    `${seconds} s: AWS calls in the first 10 s`,
    mostCalls(samples, 10),
    14,
  );
  const later = judge(
    `${seconds} s: AWS calls in 5 minutes`,
    mostCalls(samples, 300),
    80,
  );
  if (seconds < 2) return [lag];
  return seconds < 10 ? [lag, longest] : [lag, longest, soon, later];
}

function mostCalls(samples: readonly Sample[], withinSeconds = Infinity) {
  const counts = samples.map(
    ({ calls }) => calls.filter((ms) => ms <= withinSeconds * 1_000).length,
  );
  return Math.max(...counts);
}

/** Long commands at the same time, each on a node of its own, since most of it is sleep; short ones one by one. */
async function takeSamples(
  contender: Contender,
  bench: Bench,
  durations: readonly number[],
): Promise<Sample[]> {
  const [instanceId = ""] = bench.instanceIds;
  if (Math.max(...durations) >= 5)
    return Promise.all(
      durations.map((seconds, i) =>
        takeSample(
          contender,
          bench,
          bench.instanceIds[i] ?? instanceId,
          seconds,
        ),
      ),
    );
  const samples: Sample[] = [];
  for (const seconds of durations)
    samples.push(await takeSample(contender, bench, instanceId, seconds));
  return samples;
}

async function takeSample(
  contender: Contender,
  { surroundings, proxy }: Bench,
  instanceId: string,
  seconds: number,
): Promise<Sample> {
  proxy.takeTimes(instanceId);
  const { stdout, endedAtEpochMs } = await measure(
    contender,
    { ...surroundings, endpoint: proxy.endpoint },
    {
      instanceId,
      command: `sleep ${seconds.toFixed(2)}; date +%s.%N`,
      exitCode: 0,
    },
  );
  const times = proxy.takeTimes(instanceId);
  return {
    seconds,
    lagMs: endedAtEpochMs - Number(stdout) * 1_000,
    calls: times.map((time) => time - (times[0] ?? time)),
  };
}
