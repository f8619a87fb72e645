import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Contender } from "./contenders.ts";
import { copier } from "./copying.ts";
import { startCountedAws } from "./counted-aws.ts";
import { judge } from "./figures.ts";
import { runJob } from "./job.ts";
import type { Job } from "./job.ts";
import { describeRuns, judgeCommands } from "./scale-report.ts";
import type { ScaleRun } from "./scale-report.ts";

export type Workload = {
  nodes: number;
  threads: number;
  /** For each of them once: requests a second that AWS lets through of each operation; zero for as many as come. */
  limits: readonly number[];
  /** For files of the bench's own. */
  home: string;
};

const bucket = "bench";

/** A job that runs a command on many nodes. */
export async function benchScale(
  contenders: readonly Contender[],
  workload: Workload,
  seconds: number,
): Promise<string> {
  const { nodes, threads } = workload;
  const command = `sleep ${seconds}; echo slept`;
  const runs = await runEach(contenders, workload, {
    command,
    stdout: "slept\n",
  });
  const idealMs = Math.ceil(nodes / threads) * seconds * 1_000;
  const timesIdeal = {
    name: "to the ideal",
    of: ({ result }: ScaleRun) => result.wallMs / idealMs,
  };
  return [
    `A job of "sleep ${seconds}" on ${nodes} nodes, ${threads} at a time, which takes ${idealMs / 1_000} s at best.`,
    describeRuns(runs, timesIdeal),
    ...judgeCommands(runs, idealMs),
  ].join("\n");
}

/** A job that copies one file of a megabyte through a bucket. */
export async function benchManyCopies(
  ours: readonly Contender[],
  workload: Workload,
): Promise<string> {
  const { nodes, threads, home } = workload;
  const file = path.join(home, "copied.bin");
  const content = randomBytes(1_000_000);
  await writeFile(file, content);
  const contenders = ours.map((contender) => copyAs(contender, file));
  const runs = await runEach(
    contenders,
    workload,
    { command: "", stdout: null },
    (folders) => findMissing(folders, content),
  );
  const perSecond = {
    name: "copies/s",
    of: ({ result }: ScaleRun) => (nodes / result.wallMs) * 1_000,
  };
  return [
    `A job that copies a file of 1 MB through a bucket to ${nodes} nodes, ${threads} at a time.`,
    describeRuns(runs, perSecond),
    ...runs.map(({ contender, result }) =>
      judge(`failures, ${contender.name}:`, result.failures.length, 0),
    ),
  ].join("\n");
}

/** The copier with what the contender has of settings. The destination is relative: so each node of the one machine has its own. */
function copyAs(contender: Contender, file: string): Contender {
  const { environment = {} } = contender.start({ instanceId: "", command: "" });
  const settings = Object.entries(environment).filter(([name]) =>
    name.startsWith("RD_CONFIG_"),
  );
  return {
    ...copier(file, path.basename(file), {
      ...Object.fromEntries(settings),
      RD_CONFIG_SSM_COPIER_BUCKET: bucket,
    }),
    name: contender.name,
  };
}

/** One after the other, each with a fleet of its own. */
async function runEach(
  contenders: readonly Contender[],
  { nodes, threads, limits, home }: Workload,
  work: Pick<Job, "command" | "stdout">,
  findFailures: (folders: readonly string[]) => Promise<string[]> = () =>
    Promise.resolve([]),
): Promise<ScaleRun[]> {
  const runs: ScaleRun[] = [];
  for (const limit of limits)
    for (const contender of contenders) {
      // one more, for the first start, which fills caches: V8's, Python's compiled modules
      const fleet = { nodes: nodes + 1, bucket, requestsPerSecond: limit };
      await using aws = await startCountedAws(fleet);
      const surroundings = { ...aws, home };
      const [first = "", ...instanceIds] = aws.instanceIds;
      const job = { ...work, contender, instanceIds, threads };
      await runJob({ ...job, instanceIds: [first] }, surroundings);
      await aws.takeCalls();
      const beforeMs = await aws.cpuMs();
      const result = await runJob(job, surroundings);
      const awsCpuMs = (await aws.cpuMs()) - beforeMs;
      const calls = await aws.takeCalls();
      result.failures.push(...(await findFailures(aws.folders.slice(1))));
      runs.push({ contender, limit, result, calls, awsCpuMs });
    }
  return runs;
}

async function findMissing(
  folders: readonly string[],
  content: Buffer,
): Promise<string[]> {
  const digest = (bytes: Buffer) =>
    createHash("sha256").update(bytes).digest("hex");
  const wanted = digest(content);
  const missing: string[] = [];
  for (const folder of folders) {
    const file = path.join(folder, "copied.bin");
    const found = await readFile(file).catch(() => Buffer.alloc(0));
    if (digest(found) !== wanted) missing.push(`${file} is not what was sent`);
  }
  return missing;
}
