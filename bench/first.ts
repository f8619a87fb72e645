import { spawn } from "node:child_process";
import { once } from "node:events";
import { endSidecar } from "../test/support/sidecar.ts";
import { direct, sidecar } from "./contenders.ts";
import type { Contender } from "./contenders.ts";
import type { CountingProxy } from "./counting-proxy.ts";
import { formatTable, judge, median } from "./figures.ts";
import type { Surroundings } from "./measure.ts";

type Way = { name: string; contender: Contender; startsAnew: boolean };

const alone: Way = {
  name: "a process of its own",
  contender: direct,
  startsAnew: false,
};
const starting: Way = {
  name: "by a sidecar that it starts",
  contender: sidecar,
  startsAnew: true,
};
const running: Way = {
  name: "by a sidecar that runs",
  contender: sidecar,
  startsAnew: false,
};

/** From the start of one execution, of a job that runs one at a time, to its send, and to its end. We are the Rundeck server. */
export async function benchFirst(
  surroundings: Surroundings,
  proxy: CountingProxy,
  { instanceId, rounds }: { instanceId: string; rounds: number },
): Promise<string> {
  const ways = [alone, starting, running];
  const taken = new Map(ways.map((way) => [way, [] as Sample[]]));
  try {
    for (let round = 0; round <= rounds; round += 1)
      for (const way of ways) {
        // not killed: it leaves V8's cache for the next one
        if (way.startsAnew) await endSidecar("SIGTERM");
        const sample = await time(way, surroundings, proxy, instanceId);
        // the first round fills caches
        if (round > 0) taken.get(way)?.push(sample);
      }
  } finally {
    await endSidecar();
  }
  const medianOf = (way: Way, of: keyof Sample) =>
    median(taken.get(way)?.map((sample) => sample[of]) ?? []);
  const ratio = (way: Way, of: keyof Sample) =>
    medianOf(way, of) / medianOf(alone, of);
  return [
    `One execution of "true", medians of ${rounds} interleaved rounds`,
    formatTable([
      ["", "ms to the send", "ms in all"],
      ...ways.map((way) => [
        way.name,
        medianOf(way, "sentMs").toFixed(0),
        medianOf(way, "wallMs").toFixed(0),
      ]),
    ]),
    judge("to the send, sidecar starts:", ratio(starting, "sentMs"), 1),
    judge("to the send, sidecar runs:", ratio(running, "sentMs"), 1 / 3),
  ].join("\n");
}

type Sample = { sentMs: number; wallMs: number };

async function time(
  { contender }: Way,
  { region, home }: Surroundings,
  proxy: CountingProxy,
  instanceId: string,
): Promise<Sample> {
  proxy.takeTimes(instanceId);
  const { words, environment } = contender.start({
    instanceId,
    command: "true",
  });
  const [program = "", ...others] = words;
  const startedAtMs = performance.now();
  const child = spawn(program, others, {
    env: {
      ...environment,
      RD_JOB_THREADCOUNT: "1",
      PATH: process.env["PATH"],
      HOME: home,
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: region,
      AWS_ENDPOINT_URL: proxy.endpoint,
    },
    stdio: "ignore",
  });
  const [exitCode] = await once(child, "exit");
  const wallMs = performance.now() - startedAtMs;
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}`);
  const [sentAtMs = Number.NaN] = proxy.takeTimes(instanceId);
  return { sentMs: sentAtMs - startedAtMs, wallMs };
}
