import path from "node:path";
import { runJob } from "../test/host/rundeck/harness.ts";
import type { JobResult } from "../test/host/rundeck/harness.ts";
import { buildHarness, findJava } from "../test/host/rundeck/java.ts";
import { contents } from "./contenders.ts";
import { startCountedAws } from "./counted-aws.ts";
import type { Calls, CountedAws } from "./counted-aws.ts";
import { formatTable, judge } from "./figures.ts";

export type ServerJob = {
  nodes: number;
  threads: number;
  seconds: number;
  /** What `ssm-sidecar` is: one job for each. */
  modes: readonly string[];
  /** Requests a second that AWS lets through of each operation: one job for each; zero for as many as come. */
  limits: readonly number[];
};

/** A job of the default node executor's in the real rundeck-core. */
export async function benchRundeck(request: ServerJob): Promise<string> {
  const { nodes, threads, seconds, modes, limits } = request;
  if ((await findJava()).kind === "missing")
    return "The job in rundeck-core needs Java and Maven.";
  await buildHarness();
  const rows: string[][] = [];
  const verdicts: string[] = [];
  for (const limit of limits)
    for (const mode of modes) {
      await using aws = await startCountedAws({
        nodes,
        bucket: "bench",
        requestsPerSecond: limit,
      });
      const job = await runOn(aws, request, mode);
      const calls = await aws.takeCalls();
      const name = `${limit === 0 ? "none" : `${limit}/s`}, ${mode}`;
      const wrong = findWrong(job);
      rows.push([name, ...describeJob(job, calls), `${wrong.length}`]);
      verdicts.push(
        `calls: ${name}: ${JSON.stringify(calls.byOperation)}`,
        ...wrong.slice(0, 3).map((line) => `failed: ${name}: ${line}`),
        judge(`failures, ${name}:`, wrong.length, 0),
      );
    }
  const idealMs = Math.ceil(nodes / threads) * seconds * 1_000;
  return [
    `A job of "sleep ${seconds}" in rundeck-core on ${nodes} nodes, ${threads} at a time, which takes ${idealMs / 1_000} s at best`,
    formatTable([
      [
        "AWS's limit, ssm-sidecar",
        "wall s",
        "calls",
        "throttled",
        "Java's CPU s",
        "failed",
      ],
      ...rows,
    ]),
    ...verdicts,
  ].join("\n");
}

function runOn(
  { endpoint, region, instanceIds }: CountedAws,
  { threads, seconds }: ServerJob,
  mode: string,
): Promise<JobResult> {
  const provider = "awsssmexecutor";
  return runJob(`${path.dirname(contents())}.zip`, {
    job: ["exec", `sleep ${seconds} ; echo slept`],
    options: `--threads ${threads} --keepgoing`,
    nodes: Object.fromEntries(
      instanceIds.map((instanceId, i) => [`node-${i}`, { instanceId }]),
    ),
    project: {
      "service.NodeExecutor.default.provider": provider,
      [`project.plugin.NodeExecutor.${provider}.ssm-sidecar`]: mode,
    },
    environment: {
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
    },
  });
}

function describeJob({ total }: JobResult, calls: Calls): string[] {
  const made = Object.values(calls.byOperation);
  return [
    (total.ms / 1_000).toFixed(1),
    `${made.reduce((sum, count) => sum + count, 0)}`,
    `${calls.throttled}`,
    (total.jvmCpuMs / 1_000).toFixed(1),
  ];
}

/** Nodes that failed, or that said anything else than their command did. */
function findWrong({ results, log }: JobResult): string[] {
  const printed = new Map<string, string[]>();
  for (const { node, stream, text } of log)
    if (node !== null && (stream === "out" || stream === "err"))
      printed.set(node, [...(printed.get(node) ?? []), `${stream} ${text}`]);
  return results.flatMap(({ node, success, failureMessage }) => {
    const said = (printed.get(node) ?? []).join("; ");
    if (success && said === "out slept") return [];
    return [`${node}: ${failureMessage ?? "no failure"}; it printed: ${said}`];
  });
}
