import { direct, sidecar } from "./contenders.ts";
import type { Contender } from "./contenders.ts";
import type { Calls } from "./counted-aws.ts";
import { formatTable, judge } from "./figures.ts";
import type { JobResult } from "./job.ts";

/** A job by one contender. */
export type ScaleRun = {
  contender: Contender;
  /** Requests a second that AWS let through of each operation; zero for as many as came. */
  limit: number;
  result: JobResult;
  calls: Calls;
  /** CPU time of the local AWS and of its nodes, which have the same processors. */
  awsCpuMs: number;
};

/** A column of its own for what a kind of job is measured by. */
export type Measure = { name: string; of: (run: ScaleRun) => number };

/** What the figures mean, the figures, what was called, and what went wrong. */
export function describeRuns(
  runs: readonly ScaleRun[],
  measure: Measure,
): string {
  return [
    "CPU and memory are those of every process that Rundeck's server started, and of what these have left running; memory is the",
    "most at one moment, shared pages counted once. Calls are requests to AWS, throttled ones among them. The local AWS runs on",
    "the same processors: its own CPU time and its nodes' is in the last column alone.",
    tabulate(runs, measure),
    ...runs.map((run) => `calls: ${nameRun(run)}: ${listCalls(run.calls)}`),
    ...runs.flatMap(listFailures),
  ].join("\n");
}

function tabulate(runs: readonly ScaleRun[], measure: Measure): string {
  const header = ["AWS's limit, contender", "wall s", measure.name];
  header.push("CPU s", "to direct's", "MB", "calls", "throttled", "failed");
  header.push("AWS's CPU s");
  const rows = runs.map((run) => {
    const { limit, result, calls, awsCpuMs } = run;
    const directs = findRun(runs, direct, limit)?.result.cpuMs ?? Number.NaN;
    return [
      nameRun(run),
      (result.wallMs / 1_000).toFixed(1),
      measure.of(run).toFixed(2),
      (result.cpuMs / 1_000).toFixed(2),
      formatRatio(result.cpuMs / directs),
      (result.peakBytes / 1e6).toFixed(0),
      `${countCalls(calls)}`,
      `${calls.throttled}`,
      `${result.failures.length}`,
      (awsCpuMs / 1_000).toFixed(1),
    ];
  });
  return formatTable([header, ...rows]);
}

function nameRun({ limit, contender }: ScaleRun): string {
  return `${limit === 0 ? "none" : `${limit}/s`}, ${contender.name}`;
}

function formatRatio(ratio: number): string {
  if (Number.isNaN(ratio)) return "";
  return ratio < 1 ? `1/${(1 / ratio).toFixed(1)}` : ratio.toFixed(1);
}

function listCalls({ byOperation }: Calls): string {
  return Object.entries(byOperation)
    .toSorted(([, a], [, b]) => b - a)
    .map(([operation, count]) => `${operation} ${count}`)
    .join(", ");
}

function listFailures(run: ScaleRun): string[] {
  const { failures } = run.result;
  return failures.slice(0, 3).map((line) => `failed: ${nameRun(run)}: ${line}`);
}

function countCalls({ byOperation }: Calls): number {
  return Object.values(byOperation).reduce((sum, count) => sum + count, 0);
}

function findRun(
  runs: readonly ScaleRun[],
  contender: Contender,
  limit: number,
): ScaleRun | undefined {
  return runs.find(
    (run) => run.contender.name === contender.name && run.limit === limit,
  );
}

/** The sidecar against what it has to reach; the figures are those of 200 nodes, 50 at a time. */
export function judgeCommands(
  runs: readonly ScaleRun[],
  idealMs: number,
): string[] {
  const free = findRun(runs, sidecar, 0);
  if (!free) return [];
  const { wallMs, cpuMs, peakBytes } = free.result;
  const against = runs.flatMap(({ contender, limit, result }) => {
    const most = mostCpu[contender.name];
    if (limit !== 0 || most === undefined) return [];
    const ratio = cpuMs / result.cpuMs;
    return [judge(`CPU against ${contender.name}:`, ratio, most)];
  });
  const limited = runs.filter(
    (run) => run.contender.name === sidecar.name && run.limit > 0,
  );
  return [
    ...against,
    judge("AWS calls:", countCalls(free.calls), 60),
    judge("memory in all:", peakBytes / 1e6, 200, " MB"),
    judge("wall against the ideal:", wallMs / idealMs, 1.15),
    judge("failures:", free.result.failures.length, 0),
    ...limited.flatMap(({ limit, result }) => [
      judge(`failures at ${limit}/s:`, result.failures.length, 0),
      judge(`wall at ${limit}/s, against none:`, result.wallMs / wallMs, 1.05),
    ]),
  ];
}

const mostCpu: Record<string, number> = {
  [direct.name]: 1 / 12,
  "AWS CLI in bash": 1 / 70,
};
