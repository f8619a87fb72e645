import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endSidecar, findSidecar } from "../test/support/sidecar.ts";
import { sidecar } from "./contenders.ts";
import { copier } from "./copying.ts";
import type { Copying } from "./copying.ts";
import { formatTable, judge, median } from "./figures.ts";

/** One execution in so many is of a job of its own. */
const executionsOfAJob = 20;
/** On a machine that is slower than the rate no more than so many wait for each other. */
const mostAtOnce = 20;
/** A killed one has begun, and is not over. */
const killAfterMs = 1_000;

/** What a sidecar holds at a moment. */
type Sample = {
  minute: number;
  pid: number;
  executions: number;
  memoryBytes: number;
  descriptors: number;
  sockets: number;
};

/** Executions of every kind by one sidecar, so many a second, for an hour or so: what it holds in the meantime. */
export async function benchSoak(
  copying: Copying,
  { minutes, perSecond }: { minutes: number; perSecond: number },
  say: (line: string) => void,
): Promise<string> {
  const file = path.join(copying.folder, "soaked.bin");
  await writeFile(file, Buffer.alloc(100_000, "soaked "));
  const underWay = new Set<Promise<void>>();
  const samples: Sample[] = [];
  const wrong: string[] = [];
  const startedAtMs = performance.now();
  for (let i = 0; ; i += 1) {
    const minute = (performance.now() - startedAtMs) / 60_000;
    if (minute >= samples.length) {
      const sample = look(i, minute);
      if (sample) samples.push(sample);
      if (sample) say(tell(sample).join("  "));
    }
    if (minute >= minutes) break;
    if (underWay.size === mostAtOnce) await Promise.race(underWay);
    const execution = execute(copying, file, i).then((problem) => {
      underWay.delete(execution);
      if (problem !== undefined) wrong.push(problem);
    });
    underWay.add(execution);
    await delay(
      startedAtMs + ((i + 1) * 1_000) / perSecond - performance.now(),
    );
  }
  await Promise.all(underWay);
  await endSidecar("SIGTERM");
  return [
    formatTable([
      ["minute", "executions", "MB", "descriptors", "sockets"],
      ...samples.map(tell),
    ]),
    ...wrong.slice(0, 10),
    judge("executions that ended otherwise than they should:", wrong.length, 0),
    ...judgeGrowth(samples),
  ].join("\n");
}

function tell({ minute, executions, ...sample }: Sample): string[] {
  return [
    minute.toFixed(0),
    `${executions}`,
    (sample.memoryBytes / 1e6).toFixed(1),
    `${sample.descriptors}`,
    `${sample.sockets}`,
  ];
}

/** The last quarter beside the second: in the first, code is still being compiled. */
function judgeGrowth(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  const growth = (of: "memoryBytes" | "descriptors" | "sockets") =>
    median(samples.slice(-quarter).map((sample) => sample[of])) /
    median(samples.slice(quarter, 2 * quarter).map((sample) => sample[of]));
  const pids = new Set(samples.map(({ pid }) => pid)).size;
  return [
    judge("sidecars:", pids, 1),
    judge("memory, last quarter to second:", growth("memoryBytes"), 1.05),
    judge("descriptors, last quarter to second:", growth("descriptors"), 1.05),
    judge("sockets, last quarter to second:", growth("sockets"), 1.05),
  ];
}

/** Source: proc(5). */
function look(executions: number, minute: number): Sample | undefined {
  const pid = findSidecar()?.pid;
  if (pid === undefined) return undefined;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]);
  const folder = `/proc/${pid}/fd`;
  const descriptors = readdirSync(folder);
  const sockets = descriptors.filter((name) => {
    try {
      return readlinkSync(path.join(folder, name)).startsWith("socket:");
    } catch {
      return false; // closed meanwhile
    }
  });
  return {
    minute,
    pid,
    executions,
    memoryBytes: kilobytes * 1_024,
    descriptors: descriptors.length,
    sockets: sockets.length,
  };
}

/** The kinds in turn: what each starts, and how it has to end. */
const kinds: {
  command?: string;
  more?: Record<string, string>;
  ends: number;
  /** Before it listens, the signal itself ends it, and nothing has been sent. */
  isKilled?: true;
}[] = [
  { command: "echo hello; exit 3", ends: 3 },
  { command: "seq 1 20000", ends: 0 },
  { ends: 0 },
  { command: "sleep 60", ends: 143, isKilled: true },
  {
    command: "true",
    more: {
      RD_CONFIG_SSM_ASSUME_ROLE_ARN: "arn:aws:iam::111122223333:role/ops",
    },
    ends: 0,
  },
  {
    command: "seq 1 2000",
    more: { RD_CONFIG_CLOUDWATCH_LOG_GROUP: "bench" },
    ends: 0,
  },
];

/** Answers what was wrong. */
async function execute(
  { surroundings, instanceId, bucket }: Copying,
  file: string,
  i: number,
): Promise<string | undefined> {
  const kind = kinds[i % kinds.length] ?? { ends: 0 };
  const contender =
    kind.command === undefined
      ? copier(file, `soaked-${i % 50}`, {
          RD_CONFIG_SSM_SIDECAR: "auto",
          RD_CONFIG_SSM_COPIER_BUCKET: bucket,
        })
      : sidecar;
  const { words, environment } = contender.start({
    instanceId,
    command: kind.command ?? "",
  });
  const [program = "", ...others] = words;
  const job = `${Math.floor(i / executionsOfAJob)}`;
  const child = spawn(program, others, {
    env: {
      ...environment,
      ...kind.more,
      RD_JOB_EXECID: job,
      PATH: process.env["PATH"],
      HOME: surroundings.home,
      AWS_ACCESS_KEY_ID: "AKIABENCH00000000000",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
      AWS_REGION: surroundings.region,
      AWS_ENDPOINT_URL: surroundings.endpoint,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += String(bytes)));
  if (kind.isKilled) void delay(killAfterMs).then(() => child.kill("SIGTERM"));
  const [exitCode] = await once(child, "close");
  const isEndedBySignal = kind.isKilled && exitCode === null && stderr === "";
  return exitCode === kind.ends || isEndedBySignal
    ? undefined
    : `${kind.command ?? "a copy"}: ${exitCode}, ${stderr}`;
}
