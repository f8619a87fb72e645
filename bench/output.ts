import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import {
  formatTable as formatCorpus,
  runHardOutputs,
} from "../test/support/hard-runs.ts";
import { direct } from "./contenders.ts";
import { formatTable, judge, median } from "./figures.ts";
import type { RunningLocalAws } from "./local-aws.ts";

/** The log group and the bucket that the local AWS is started with. */
export const outputStore = "output";

type Ended = {
  stdout: Buffer;
  stderr: Buffer;
  exitCode: number | null;
  peakBytes: number;
  /** When each piece of stdout came, in ms since the epoch. */
  arrivals: { atMs: number; text: string }[];
};

/** The corpus by every way of output, the lag of live output, and the memory that much output takes. */
export async function benchOutput(aws: RunningLocalAws): Promise<string> {
  const corpus = await runHardOutputs(
    aws,
    (instanceId, command, settings) =>
      execute(aws, instanceId, command, settings),
    { thinning: 1 },
  );
  return [
    formatCorpus(corpus),
    "",
    await benchLag(aws),
    "",
    await benchMemory(aws),
  ].join("\n");
}

const live = { CLOUDWATCH_LOG_GROUP: outputStore };
const polled = { SSM_LIVE_OUTPUT: "true" };

/** From a line's writing on the node to our stdout, for lines at different paces. */
async function benchLag(aws: RunningLocalAws): Promise<string> {
  const paces = ["0.1", "0.37", "1", "2.3"];
  const measureAll = async (settings: Record<string, string>) => {
    const runs = paces.map((pace, index) =>
      execute(
        aws,
        aws.instanceIds[index] ?? "",
        `for i in $(seq 12); do echo at $(date +%s%3N); sleep ${pace}; done`,
        settings,
      ),
    );
    return (await Promise.all(runs)).map((run) => lagsOf(run));
  };
  const logs = await measureAll(live);
  const polls = await measureAll(polled);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const row = (name: string, lags: number[]) => [
    name,
    seconds(median(lags)),
    seconds(Math.max(...lags)),
  ];
  return [
    "Lag of a line, from its writing on the node to our stdout",
    formatTable([
      ["a line every", "median", "longest"],
      ...paces.map((pace, i) => row(`${pace} s, CloudWatch`, logs[i] ?? [])),
      ...paces.map((pace, i) => row(`${pace} s, polls`, polls[i] ?? [])),
    ]),
    judge("median lag with CloudWatch", median(logs.flat()) / 1000, 2, " s"),
  ].join("\n");
}

function lagsOf({ arrivals }: Ended): number[] {
  return arrivals.flatMap(({ atMs, text }) =>
    Array.from(text.matchAll(/at (\d+)\n/g), ([, at]) => atMs - Number(at)),
  );
}

/** What much output takes: the figure is the process's peak. */
async function benchMemory(aws: RunningLocalAws): Promise<string> {
  const node = aws.instanceIds[0] ?? "";
  const rows: string[][] = [];
  let largestMb = 0;
  for (const [name, settings] of [
    ["CloudWatch", live],
    ["S3", { SSM_OUTPUT_BUCKET: outputStore }],
  ] as const)
    for (const megabytes of [5, 50, 100]) {
      const command = `seq 1 20000000 | head -c ${megabytes}000000`;
      const run = await execute(aws, node, command, settings);
      const peakMb = run.peakBytes / 1e6;
      largestMb = Math.max(largestMb, peakMb);
      const whole = run.stdout.length === megabytes * 1_000_000;
      rows.push([
        `${megabytes} MB, ${name}`,
        `${peakMb.toFixed(0)} MB`,
        whole ? "whole" : "NOT WHOLE",
      ]);
    }
  return [
    "Memory for much output",
    formatTable([["output", "peak", ""], ...rows]),
    judge("peak", largestMb, 150, " MB"),
  ].join("\n");
}

/** Runs the plugin as Rundeck does, with these plugin properties. */
async function execute(
  { endpoint, region }: RunningLocalAws,
  instanceId: string,
  command: string,
  settings: Record<string, string>,
): Promise<Ended> {
  const { words, environment } = direct.start({ instanceId, command });
  const config = Object.entries(settings).map(([name, value]) => [
    `RD_CONFIG_${name}`,
    value,
  ]);
  const [program = "", ...args] = words;
  const child = spawn(program, args, {
    env: {
      ...environment,
      ...Object.fromEntries(config),
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const arrivals: Ended["arrivals"] = [];
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let peakBytes = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(child.pid ?? 0));
  }, 20);
  child.stdout.on("data", (bytes: Buffer) => {
    stdout.push(bytes);
    if (bytes.length < 10_000)
      arrivals.push({ atMs: Date.now(), text: bytes.toString() });
  });
  child.stderr.on("data", (bytes: Buffer) => stderr.push(bytes));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(watch);
  return {
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr),
    exitCode,
    peakBytes,
    arrivals,
  };
}

/** The most that a process has had in memory so far; 0 once it has ended. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
