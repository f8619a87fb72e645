import type { Contender } from "./contenders.ts";
import type { CountingProxy } from "./counting-proxy.ts";
import { formatTable, judge, median } from "./figures.ts";
import { measure } from "./measure.ts";
import type { Surroundings } from "./measure.ts";

type Sample = { lagMs: number; calls: number };

/**
 * From the end of a remote command to the end of whoever waits for it, and the AWS calls that this took.
 * Samples of one duration run at the same time, each on a node of its own: most of that time is sleep.
 */
export async function benchLatency(
  contenders: readonly Contender[],
  surroundings: Surroundings,
  options: {
    proxy: CountingProxy;
    instanceIds: readonly string[];
    seconds: readonly number[];
  },
): Promise<string> {
  const rows: string[][] = [];
  const verdicts: string[] = [];
  for (const seconds of options.seconds) {
    for (const contender of contenders) {
      const samples = await takeSamples(contender, surroundings, {
        ...options,
        seconds,
      });
      const lagMs = median(samples.map((sample) => sample.lagMs));
      const calls = Math.max(...samples.map((sample) => sample.calls));
      rows.push([
        `${seconds} s, ${contender.name}`,
        lagMs.toFixed(0),
        Math.max(...samples.map((sample) => sample.lagMs)).toFixed(0),
        `${calls}`,
      ]);
      if (contender === contenders[0])
        verdicts.push(...judgeOurs(seconds, lagMs, calls));
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

function judgeOurs(seconds: number, lagMs: number, calls: number): string[] {
  const limitMs = seconds < 2 ? 300 : Math.min(seconds * 150, 5_000);
  const verdicts = [
    judge(`lag after a command of ${seconds} s:`, lagMs, limitMs, " ms"),
  ];
  if (seconds <= 10)
    verdicts.push(judge(`calls for ${seconds} s:`, calls, 14, ""));
  else if (seconds <= 300)
    verdicts.push(judge(`calls for ${seconds} s:`, calls, 80, ""));
  return verdicts;
}

/** Three at once for what a person waits for; short commands one after the other, so that they don't slow each other. */
async function takeSamples(
  contender: Contender,
  surroundings: Surroundings,
  {
    proxy,
    instanceIds,
    seconds,
  }: { proxy: CountingProxy; instanceIds: readonly string[]; seconds: number },
): Promise<Sample[]> {
  const atOnce = seconds < 5 ? 1 : 3;
  const batches = seconds < 5 ? 5 : 1;
  const samples: Sample[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const running = instanceIds.slice(0, atOnce).map(async (instanceId) => {
      proxy.takeCount(instanceId);
      const { stdout, endedAtEpochMs } = await measure(
        contender,
        { ...surroundings, endpoint: proxy.endpoint },
        {
          instanceId,
          command: `sleep ${seconds}; date +%s.%N`,
          exitCode: 0,
        },
      );
      return {
        lagMs: endedAtEpochMs - Number(stdout) * 1_000,
        calls: proxy.takeCount(instanceId),
      };
    });
    samples.push(...(await Promise.all(running)));
  }
  return samples;
}
