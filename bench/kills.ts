import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { copier } from "./copying.ts";
import type { Copying } from "./copying.ts";
import { judge } from "./figures.ts";

/** Longer than a copy takes, so that some come to their end. */
const latestKillMs = 1_500;
const atOnce = 4;

/** Copies of several sizes, each killed at a random moment: what is left of them. */
export async function benchKills(
  copying: Copying,
  count: number,
): Promise<string> {
  const files = await writeFiles(copying.folder);
  const to = path.join(copying.folder, "killed");
  await mkdir(to);
  const tally = { killed: 0, done: 0 };
  let started = 0;
  const work = async () => {
    for (let i = (started += 1); i <= count; i = started += 1) {
      const destination = path.join(to, `copy-${i}`);
      const exitCode = await killOne(copying, {
        file: files[i % files.length] ?? "",
        destination,
      });
      if (exitCode === 0) tally.done += 1;
      else tally.killed += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const left = await listBucket(copying);
  const privates = (await readdir(to)).filter((name) => name.startsWith("."));
  return [
    `${count} copies, each killed at a random moment: ${tally.killed} were cut short, ${tally.done} came to their end`,
    judge("objects left:", left.objects, 0),
    judge("multipart uploads left:", left.uploads, 0),
    judge("private files left on the node:", privates.length, 0),
  ].join("\n");
}

/** One put, and several parts. */
async function writeFiles(folder: string): Promise<string[]> {
  const sizes = [100_000, 12_000_000, 30_000_000];
  return Promise.all(
    sizes.map(async (bytes) => {
      const file = path.join(folder, `killed-${bytes}.bin`);
      await writeFile(file, randomBytes(bytes));
      return file;
    }),
  );
}

function killOne(
  { surroundings, instanceId, bucket }: Copying,
  copy: { file: string; destination: string },
): Promise<number | null> {
  const contender = copier(copy.file, copy.destination, {
    RD_CONFIG_SSM_COPIER_BUCKET: bucket,
  });
  const { words, environment } = contender.start({ instanceId, command: "" });
  const [program = "", ...args] = words;
  const child = spawn(program, args, {
    env: {
      ...environment,
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: surroundings.region,
      AWS_ENDPOINT_URL: surroundings.endpoint,
      PATH: process.env["PATH"],
    },
    stdio: "ignore",
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const kill = async () => {
    await delay(Math.random() * latestKillMs);
    child.kill("SIGTERM");
  };
  void kill();
  return ended;
}

async function listBucket({ surroundings, bucket }: Copying) {
  const client = new S3Client({
    endpoint: surroundings.endpoint,
    region: surroundings.region,
    forcePathStyle: true,
    credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "not-a-secret" },
  });
  const objects = await client.send(
    new ListObjectsV2Command({ Bucket: bucket }),
  );
  const uploads = await client.send(
    new ListMultipartUploadsCommand({ Bucket: bucket }),
  );
  const keys = (objects.Contents ?? []).filter((it) => it.Key !== "peer");
  return { objects: keys.length, uploads: uploads.Uploads?.length ?? 0 };
}
