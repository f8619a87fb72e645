import { randomBytes } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import type { Python } from "../test/host/clients/python.ts";
import type { Contender } from "./contenders.ts";
import { copier } from "./copying.ts";
import type { Copying } from "./copying.ts";
import { formatTable, judge, median } from "./figures.ts";
import { measure } from "./measure.ts";
import type { Measurement } from "./measure.ts";

const rounds = 5;
const megabyte = 1_000_000;

/**
 * A large file to S3, beside `aws s3 cp`. What our node does with it is left out: a folder is in the file's place there, so
 * that it ends at once; the round through Systems Manager for that is in our time.
 */
export async function benchUpload(
  { surroundings, instanceId, bucket, folder }: Copying,
  python: Python,
  megabytes: number,
): Promise<string> {
  const file = path.join(folder, "large.bin");
  await writeNoise(file, megabytes);
  const to = path.join(folder, "uploads");
  await mkdir(path.join(to, "large.bin"), { recursive: true });
  const ours = copier(file, to, { RD_CONFIG_SSM_COPIER_BUCKET: bucket });
  const contenders = [
    { contender: ours, exitCode: 74 },
    ...(python.kind === "ready"
      ? [{ contender: awsCp(python.aws, file, bucket), exitCode: 0 }]
      : []),
  ];
  const taken = contenders.map((): Measurement[] => []);
  for (let round = -1; round < rounds; round += 1)
    for (const [i, { contender, exitCode }] of contenders.entries()) {
      const request = { instanceId, command: "", exitCode };
      const measured = await measure(contender, surroundings, request);
      if (round >= 0) taken[i]?.push(measured);
    }
  const [own = [], peers = []] = taken;
  const speeds = own.map(
    (run, i) => (peers[i]?.wallMs ?? Number.NaN) / run.wallMs,
  );
  const peak = Math.max(...own.map((run) => run.peakBytes)) / megabyte;
  return [
    `A file of ${megabytes} MB to S3, medians of ${rounds} interleaved rounds`,
    formatTable([
      ["", "wall ms", "MB/s", "CPU ms", "peak MB"],
      ...contenders.map(({ contender }, i) =>
        row(contender.name, taken[i] ?? [], megabytes),
      ),
    ]),
    ...(peers.length > 0
      ? [judge("our time against aws s3 cp's:", 1 / median(speeds), 1 / 0.9)]
      : []),
    judge("our peak memory:", peak, 150, " MB"),
  ].join("\n");
}

function row(name: string, runs: readonly Measurement[], megabytes: number) {
  const wallMs = median(runs.map((run) => run.wallMs));
  return [
    name,
    wallMs.toFixed(0),
    ((megabytes / wallMs) * 1_000).toFixed(0),
    median(runs.map((run) => run.cpuMs)).toFixed(0),
    (median(runs.map((run) => run.peakBytes)) / megabyte).toFixed(0),
  ];
}

const awsCp = (aws: string, file: string, bucket: string): Contender => ({
  name: "aws s3 cp",
  start: () => ({
    words: [aws, "s3", "cp", "--only-show-errors", file, `s3://${bucket}/peer`],
  }),
});

async function writeNoise(file: string, megabytes: number): Promise<void> {
  await using handle = await open(file, "w");
  const noise = randomBytes(megabyte);
  for (let i = 0; i < megabytes; i += 1) {
    noise.writeUInt32LE(i);
    await handle.write(noise);
  }
}
