import { spawn } from "node:child_process";
import { copyFile, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Contender } from "./contenders.ts";
import type { Surroundings } from "./measure.ts";

const jobResultSchema = z.object({
  wallMs: z.number(),
  /** User and system time of every process of the job, and of what it left running. */
  cpuMs: z.number(),
  /** The part of what was still there when the job was over: a sidecar. */
  leftCpuMs: z.number(),
  /** How many processes that were. */
  left: z.number(),
  /** The most that all of them had in memory at one moment. */
  peakBytes: z.number(),
  /** A line for each execution that went wrong. */
  failures: z.array(z.string()),
});

export type JobResult = z.infer<typeof jobResultSchema>;

export type Job = {
  contender: Contender;
  instanceIds: readonly string[];
  /** How many executions at a time. */
  threads: number;
  command: string;
  /** What each execution has to print. Null: anything. */
  stdout: string | null;
};

/** Runs the command on every node, as a Rundeck server does that nobody else has used. */
export async function runJob(
  job: Job,
  { endpoint, region, home }: Surroundings,
): Promise<JobResult> {
  const child = spawn("python3", [path.join(import.meta.dirname, "job.py")], {
    env: {
      PATH: process.env["PATH"],
      HOME: await mkdtemp(path.join(home, "server-")),
      RUNDECK_SSM_NODE: await ownNode(home),
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(describeJob(job)));
  return jobResultSchema.parse(JSON.parse(await text(child.stdout)));
}

function describeJob(job: Job) {
  const { contender, instanceIds, threads, command, stdout } = job;
  const runs = instanceIds.map((instanceId, i) => {
    const { words, environment } = contender.start({ instanceId, command });
    return {
      words,
      environment: environment
        ? {
            ...environment,
            RD_NODE_NAME: `web-${i}`,
            RD_NODE_HOSTNAME: `web-${i}.example`,
            RD_JOB_THREADCOUNT: `${threads}`,
          }
        : null,
    };
  });
  return { threads, stdout, runs };
}

/** A program that only the measured processes run: the pages of a shared one would count in parts for whoever else runs it. */
async function ownNode(home: string): Promise<string> {
  const copy = path.join(home, "node");
  await copyFile(process.execPath, copy);
  return copy;
}
