import { readFile, readlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Draw, DrawnJob, Kill } from "./draw.ts";
import { findOurs, startClient } from "./server.ts";
import type { Client, Ended, Server } from "./server.ts";
import { composeCommand, settingsOf } from "./work.ts";
import type { Work } from "./work.ts";

export type Execution = {
  work: Work;
  instanceId: string;
  /** The file in which the command says when it began and when it ended. */
  record: string;
  client: Promise<Client>;
};

export type Played = {
  executions: { execution: Execution; ended: Ended }[];
  /** Absent where nobody was there to be killed any more, or yet. */
  hit: Hit | undefined;
};

export type Hit = {
  atEpochMs: number;
  victim: Execution | undefined;
  /** It worked without a sidecar: where none is to be had that is remembered for a while. */
  isAlone: boolean;
};

/** Starts the executions, kills once, and waits until every execution has ended. */
export async function playRound(server: Server, draw: Draw): Promise<Played> {
  const beganAtMs = Date.now();
  const nodes = [...server.aws.nodes.values()];
  const executions = draw.jobs.flatMap((job, turn) =>
    job.startsMs.map((startMs, i): Execution => {
      const node = nodes.shift();
      if (!node) throw new Error("there are fewer nodes than executions");
      const { instanceId, folder } = node;
      const name = `ran-${draw.index}-${turn}`;
      return {
        work: job.work,
        instanceId,
        record: path.join(folder, name),
        client: startLater(
          server,
          { draw, job, turn, i, startMs },
          {
            instanceId,
            command: composeCommand(job.work, name),
          },
        ),
      };
    }),
  );
  const [hit, ended] = await Promise.all([
    killOnce(server, draw.kill, executions, beganAtMs),
    Promise.all(
      executions.map(async (execution) => {
        const client = await execution.client;
        return { execution, ended: await client.ended };
      }),
    ),
  ]);
  return { executions: ended, hit };
}

async function startLater(
  server: Server,
  {
    draw,
    job,
    turn,
    i,
    startMs,
  }: { draw: Draw; job: DrawnJob; turn: number; i: number; startMs: number },
  request: { instanceId: string; command: string },
): Promise<Client> {
  await delay(startMs);
  return startClient(server, request, {
    ...settingsOf[job.work.kind],
    RD_NODE_NAME: `web-${i}`,
    RD_JOB_EXECID: `${draw.index}${turn}`,
    RD_JOB_THREADCOUNT: `${job.startsMs.length}`,
  });
}

async function killOnce(
  server: Server,
  kill: Kill,
  executions: readonly Execution[],
  beganAtMs: number,
): Promise<Hit | undefined> {
  await waitFor(server, kill.from, executions, beganAtMs);
  await delay(kill.afterMs);
  const victim = executions[kill.victim];
  switch (kill.kind) {
    case "client KILL":
      return killClient(victim, "SIGKILL");
    case "client TERM":
      return killClient(victim, "SIGTERM");
    case "sidecar KILL":
    case "sidecar STOP":
      return killSidecar(server, kill);
  }
}

/** Until what the kill's time counts from has happened, or can't happen any more. */
async function waitFor(
  { aws }: Server,
  from: Kill["from"],
  executions: readonly Execution[],
  beganAtMs: number,
): Promise<void> {
  const happened = async () => {
    if (from === "start") return true;
    if (from === "sent")
      return aws.requests.some(
        ({ operation, atMs }) =>
          operation === "SendCommand" && atMs >= beganAtMs,
      );
    const records = await Promise.all(executions.map(readRecord));
    return records.some(({ began }) => began.length > 0);
  };
  const allEnded = async () => {
    const clients = await Promise.all(executions.map((it) => it.client));
    return clients.every((client) => client.hasEnded());
  };
  while (!(await happened()) && !(await allEnded())) await delay(10);
}

async function killClient(
  victim: Execution | undefined,
  signal: "SIGKILL" | "SIGTERM",
): Promise<Hit | undefined> {
  const client = await victim?.client;
  if (!client || client.hasEnded()) return undefined;
  const isAlone = await isNode(client.pid);
  process.kill(client.pid, signal);
  return { atEpochMs: Date.now(), victim, isAlone };
}

/** Whether a client works in a process of its own: itself, or by a child that has taken its run over. */
async function isNode(pid: number): Promise<boolean> {
  const childrenFile = `/proc/${pid}/task/${pid}/children`;
  const children = await readFile(childrenFile, "utf8").catch(() => "");
  const pids = [pid, ...children.split(" ").map(Number).filter(Boolean)];
  const programs = await Promise.all(
    pids.map((it) => readlink(`/proc/${it}/exe`).catch(() => "")),
  );
  return programs.some((program) => path.basename(program) === "node");
}

async function killSidecar(
  server: Server,
  { kind, stopMs }: Kill,
): Promise<Hit | undefined> {
  const { sidecars } = await findOurs(server);
  const hit = sidecars.length > 0;
  for (const pid of sidecars)
    signalIfThere(pid, kind === "sidecar KILL" ? "SIGKILL" : "SIGSTOP");
  const atEpochMs = Date.now();
  if (kind === "sidecar STOP") {
    await delay(stopMs);
    for (const pid of sidecars) signalIfThere(pid, "SIGCONT");
  }
  return hit ? { atEpochMs, victim: undefined, isAlone: false } : undefined;
}

/** A process may end between a look and a signal. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH"))
      throw error;
  }
}

/** When a command began and when it ended, in ms since the epoch: one of each for each time that it ran. */
export async function readRecord({
  record,
}: Execution): Promise<{ began: number[]; ended: number[] }> {
  const text = await readFile(record, "utf8").catch(() => "");
  const timesOf = (word: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => Number(line.slice(word.length + 1)));
  return { began: timesOf("began"), ended: timesOf("ended") };
}
