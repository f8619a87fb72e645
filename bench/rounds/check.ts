import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProcesses } from "../../src/local/node/processes.ts";
import type { Draw } from "./draw.ts";
import { readRecord } from "./play.ts";
import type { Execution, Played } from "./play.ts";
import { findOurs } from "./server.ts";
import type { Ended, Server } from "./server.ts";
import { expectOutput } from "./work.ts";

/** A killed job's command is stopped within this time, on a machine that has much else to do. */
const cancelledWithinMs = 4_000;
/** After a kill everything on the nodes and on the server is over by then. */
const quietWithinMs = 20_000;

/** What does not hold after a round; nothing if all does. */
export async function checkRound(
  server: Server,
  { kill }: Draw,
  { executions, hit }: Played,
): Promise<string[]> {
  const complaints: string[] = [];
  const complain = (execution: Execution, complaint: string) =>
    complaints.push(
      `${execution.work.kind} on ${execution.instanceId}: ${complaint}`,
    );
  // nobody but a sidecar sees that a client is gone
  const goesOn = kill.kind === "client KILL" && hit?.isAlone === true;
  for (const complaint of await findLeftovers(
    server,
    goesOn ? hit.victim : undefined,
  ))
    complaints.push(complaint);
  for (const { execution, ended } of executions) {
    const { began, ended: finished } = await readRecord(execution);
    if (execution !== hit?.victim) {
      if (began.length !== 1) complain(execution, `ran ${began.length} times`);
      for (const it of checkWhole(execution, ended)) complain(execution, it);
      continue;
    }
    if (began.length > 1) complain(execution, `ran ${began.length} times`);
    for (const it of checkKilled(execution, ended, kill.kind))
      complain(execution, it);
    const late = (finished[0] ?? 0) - hit.atEpochMs;
    if (!goesOn && late > cancelledWithinMs && !endedFirst(execution, ended))
      complain(execution, `its command went on for ${late} ms after the kill`);
  }
  return complaints;
}

function checkWhole({ work }: Execution, ended: Ended): string[] {
  const { stdout, stderr } = expectOutput(work);
  const complaints: string[] = [];
  if (ended.exitCode !== work.exitCode)
    complaints.push(
      `ended with ${ended.exitCode ?? ended.signal} instead of ${work.exitCode}`,
    );
  for (const [name, got, wanted] of [
    ["stdout", ended.stdout, stdout],
    ["stderr", ended.stderr, stderr],
  ] as const)
    if (digest(got) !== digest(wanted))
      complaints.push(
        `its ${name} is not what the command wrote: ${differ(got, wanted)}`,
      );
  return complaints;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function differ(got: string, wanted: string): string {
  let same = 0;
  while (same < got.length && got[same] === wanted[same]) same += 1;
  return `${got.length} characters instead of ${wanted.length}, the same up to ${same}, then ${JSON.stringify(got.slice(same, same + 200))}`;
}

/** A killed client printed the beginning of the output. One that was asked to end says that it was killed, if it had begun. */
function checkKilled(
  execution: Execution,
  ended: Ended,
  kind: Draw["kill"]["kind"],
): string[] {
  if (endedFirst(execution, ended)) return [];
  const wanted = expectOutput(execution.work);
  const complaints: string[] = [];
  if (!wanted.stdout.startsWith(ended.stdout))
    complaints.push(
      `killed, its stdout is not the beginning of what the command wrote: ${differ(ended.stdout, wanted.stdout)}`,
    );
  if (kind === "client KILL" || ended.signal === "SIGTERM") return complaints;
  const told = /(?:^|\n)rundeck-ssm: cancelled: [^\n]+\n$/.test(ended.stderr);
  if (ended.exitCode !== 143 || !told)
    complaints.push(
      `killed, it ended with ${ended.exitCode ?? ended.signal} and said ${JSON.stringify(ended.stderr.slice(-300))}`,
    );
  return complaints;
}

/** The kill came when everything was over. */
function endedFirst(execution: Execution, ended: Ended): boolean {
  return checkWhole(execution, ended).length === 0;
}

/** Files and processes on the nodes, and processes on the server but for the sidecar, as soon as there are none or in the end. */
async function findLeftovers(
  server: Server,
  spared: Execution | undefined,
): Promise<string[]> {
  const until = Date.now() + quietWithinMs;
  for (;;) {
    const left = await look(server, spared);
    if (left.length === 0 || Date.now() > until) return left;
    await delay(100);
  }
}

/** Files on the nodes that are the plugin's own. */
export async function listPrivate({ awsFolder }: Server): Promise<string[]> {
  const names = await readdir(awsFolder, {
    recursive: true,
    encoding: "utf8",
  });
  return names
    .filter((name) => /(?:^|\/)\.rundeck-ssm-[^/]*$/.test(name))
    .map((name) => path.join(awsFolder, name));
}

async function look(
  server: Server,
  spared: Execution | undefined,
): Promise<string[]> {
  const processes = await findProcesses({
    folder: server.awsFolder,
    commandIds: new Set(),
  });
  const files = (await listPrivate(server)).filter(
    (name) => !(spared && name.includes(`/${spared.instanceId}/`)),
  );
  const ours = await findOurs(server);
  return [
    ...processes.map((pid) => `process ${pid} is left on the nodes`),
    ...(await Promise.all(
      files.map(
        async (name) => `${name} is left on the nodes${await describe(name)}`,
      ),
    )),
    ...ours.others.map((pid) => `process ${pid} is left on the server`),
    ...(ours.sidecars.length > 1
      ? [`there are ${ours.sidecars.length} sidecars`]
      : []),
  ];
}

/** What is in a folder, and when each of it was written: it tells who was at work last. */
async function describe(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(path.join(folder, name)).catch(() => undefined);
      return (
        found && `${name} (${found.size} bytes, ${found.mtime.toISOString()})`
      );
    }),
  );
  return `, with ${files.filter(Boolean).join(", ") || "nothing"} in it`;
}
