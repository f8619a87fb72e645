import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Contender } from "./contenders.ts";

const run = promisify(execFile);

const measurementSchema = z.object({
  /** User and system time of the whole process tree. */
  cpuMs: z.number(),
  /** Of the largest process in the tree. */
  peakBytes: z.number(),
  wallMs: z.number(),
  endedAtEpochMs: z.number(),
  exitCode: z.number(),
  stdout: z.string(),
  stderr: z.string(),
});

export type Measurement = z.infer<typeof measurementSchema>;

/** What both a server and a user's shell would have in their environment. */
export type Surroundings = { endpoint: string; region: string; home: string };

/**
 * Runs one command through a contender. Throws unless it ends with the exit code that the command has. `--orphans`: what
 * the command starts is counted though nobody waits for it.
 */
export async function measure(
  contender: Contender,
  { endpoint, region, home }: Surroundings,
  request: { instanceId: string; command: string; exitCode: number },
  ...options: "--orphans"[]
): Promise<Measurement> {
  const { words, environment } = contender.start(request);
  const { stdout } = await run(
    "python3",
    [
      path.join(import.meta.dirname, "measure.py"),
      ...options,
      JSON.stringify(environment ?? null),
      ...words,
    ],
    {
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
        AWS_SECRET_ACCESS_KEY: "not-a-secret",
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ENDPOINT_URL: endpoint,
      },
    },
  );
  const measurement = measurementSchema.parse(JSON.parse(stdout));
  if (measurement.exitCode !== request.exitCode)
    throw new Error(
      `${contender.name} ended with ${measurement.exitCode}: ${measurement.stderr}`,
    );
  return measurement;
}
