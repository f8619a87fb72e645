import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProcesses } from "../../../src/local/node/processes.ts";
import type { Cell, Expected, Leftover } from "./cell.ts";
import type { Ended } from "./run.ts";
import { bucket, serverFiles, wholeOutput, type World } from "./world.ts";

/** What is wrong with a run: empty if the cell holds. */
export async function complaintsOf(
  cell: Cell,
  world: World,
  ended: Ended,
): Promise<string[]> {
  const complaints = await complaintsOfOne(cell, world, ended);
  const { or } = cell.expected;
  if (complaints.length === 0 || or === undefined) return complaints;
  const others = await complaintsOfOne({ ...cell, expected: or }, world, ended);
  return others.length < complaints.length ? others : complaints;
}

async function complaintsOfOne(
  { expected, pipeline, fault }: Cell,
  world: World,
  ended: Ended,
): Promise<string[]> {
  return [
    ...checkExit(expected, pipeline === "copier" ? 0 : 5, ended),
    ...checkStdout(expected, world, ended),
    ...checkStderr(expected, world, ended),
    ...checkSecrets(world, ended),
    ...checkTime(expected, ended),
    ...checkRuns(expected, world),
    ...(await checkLeft(expected.left ?? [], world)),
    ...(await checkSaid(expected, world, ended)),
    ...(fault.besides?.(world) ?? []),
  ];
}

function checkExit(
  { exit }: Expected,
  own: number,
  { exitCode, signal }: Ended,
): string[] {
  const wanted = [exit === "own" ? own : exit].flat();
  const got = signal === "SIGKILL" ? "killed" : (exitCode ?? signal);
  return wanted.some((one) => one === got)
    ? []
    : [`exit ${got} instead of ${wanted.join(" or ")}`];
}

/** What was shown is whole, or the beginning of it. */
function checkStdout(
  { exit, anyOutput }: Expected,
  world: World,
  { stdout }: Ended,
): string[] {
  if (world.unread || anyOutput === true) return [];
  const whole = wholeOutput(world);
  const text = stdout.toString();
  if (exit === "own" ? text === whole : whole.startsWith(text)) return [];
  return [
    `stdout has ${stdout.length} bytes, ${whole.startsWith(text) ? "the beginning" : `not the beginning (${JSON.stringify(text.slice(0, 200))})`} of ${whole.length}`,
  ];
}

function checkStderr(
  expected: Expected,
  world: World,
  { stderr }: Ended,
): string[] {
  const lines = stderr.split("\n").filter((line) => line !== "");
  const ours = lines.filter((line) => line.startsWith("rundeck-ssm: "));
  const notes = ours.filter((line) => line.startsWith("rundeck-ssm: note: "));
  const errors = ours.filter((line) => !notes.includes(line));
  const others = lines.filter(
    (line) =>
      !ours.includes(line) && !(world.pipeline !== "copier" && line === "err"),
  );
  return [
    ...others.map((line) => `a line that is not ours: ${line}`),
    ...(stderr === "" || stderr.endsWith("\n")
      ? []
      : ["stderr ends without a newline"]),
    ...(notes.length > (expected.notes ?? 0) ||
    new Set(notes).size < notes.length
      ? [`notes: ${notes.join(" | ")}`]
      : []),
    ...checkErrorLine(expected, world, errors),
    ...(expected.never ?? [])
      .filter((pattern) => pattern.test(stderr))
      .map((pattern) => `says ${pattern.source}: ${errors.join(" | ")}`),
  ];
}

function checkErrorLine(
  { codeWord, says = [] }: Expected,
  world: World,
  errors: string[],
): string[] {
  const [line = ""] = errors;
  if (codeWord === undefined)
    return errors.length === 0 ? [] : [`an error line: ${errors.join(" | ")}`];
  if (errors.length !== 1)
    return [`${errors.length} error lines: ${errors.join(" | ")}`];
  const told = line.slice("rundeck-ssm: ".length);
  const wrong = [
    ...(new RegExp(`^(?:${codeWord}): `).test(told) ? [] : [`not ${codeWord}`]),
    ...(/node "?web-1/.test(told) ? [] : ["does not name the node"]),
    ...(/node web-1[^:]*: node web-1/.test(told)
      ? ["names the node twice"]
      : []),
    ...says.filter((it) => !it.test(told)).map((it) => `lacks ${it.source}`),
    ...(wasAccepted(world) &&
    !/not sent again/.test(told) &&
    !commandIdAtEnd.test(told)
      ? ["does not end with the command's id"]
      : []),
  ];
  return wrong.length === 0 ? [] : [`${wrong.join(", ")}: ${line}`];
}

const commandIdAtEnd = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\W*$/;

/** The plugin knows a command's id once AWS has answered a send. */
function wasAccepted({ aws }: World): boolean {
  return aws.requests.some(
    (made) =>
      (made.operation === "SendCommand" && made.outcome === "ok") ||
      made.operation === "GetCommandInvocation",
  );
}

function checkSecrets(world: World, { stdout, stderr }: Ended): string[] {
  const text = stdout.toString("latin1") + stderr;
  return world.secrets
    .filter((secret) => text.includes(secret))
    .map((secret) => `a secret is shown: ${secret.slice(0, 14)}…`);
}

/** Many runs share a processor or two: what takes a second then takes ten, and what waits for a minute is found all the same. */
const slackSeconds = 20;
/** What is left to do after a kill is little. */
const killSlackSeconds = 10;

function checkTime(
  { longestSeconds, since }: Expected,
  { ms, sinceSignalMs }: Ended,
): string[] {
  const isKill = since === "kill";
  const took = isKill ? (sinceSignalMs ?? ms) : ms;
  return took <=
    (longestSeconds + (isKill ? killSlackSeconds : slackSeconds)) * 1_000
    ? []
    : [`took ${(took / 1_000).toFixed(1)} s instead of ${longestSeconds} s`];
}

function checkRuns({ runs }: Expected, world: World): string[] {
  const ran = world.runs();
  const holds = runs === "0 or 1" ? ran <= 1 : ran === runs;
  const what = world.pipeline === "copier" ? "arrived" : "ran";
  return holds ? [] : [`${what} ${ran} times instead of ${runs}`];
}

/** An object that stays is for somebody to remove: a line says so, unless nobody could. */
async function checkSaid(
  { exit }: Expected,
  { aws }: World,
  { stderr }: Ended,
): Promise<string[]> {
  const contents = await Promise.all(
    aws.s3.keysOf(bucket).map((key) => aws.s3.contentOf(bucket, key)),
  );
  // an emptied one holds nothing of anybody's
  const full = contents.filter((content) => content?.length !== 0);
  return full.length + aws.s3.uploadsOf(bucket).length === 0 ||
    exit === "killed" ||
    /^rundeck-ssm: .*(?:s3:\/\/|object)/m.test(stderr)
    ? []
    : ["an object stays, and no line says so"];
}

/** An ended run may take a moment to be gone, and a node to tidy up behind an answer. */
const graceMs = 3_000;

async function checkLeft(
  expected: Leftover[],
  world: World,
): Promise<string[]> {
  const giveUpAt = performance.now() + graceMs;
  for (;;) {
    const left = await findLeft(expected, world);
    if (left.length === 0 || performance.now() > giveUpAt) return left;
    await delay(50);
  }
}

async function findLeft(expected: Leftover[], world: World): Promise<string[]> {
  const { aws } = world;
  const found: [Leftover | "process", string[]][] = [
    ["process", pluginProcesses(world.mark)],
    ["object", [...aws.s3.keysOf(bucket), ...aws.s3.uploadsOf(bucket)]],
    ["command", await nodeProcesses(world)],
    ["node file", nodeFiles(world)],
    [
      "server file",
      serverFiles(world).filter((name) => !world.filesBefore.has(name)),
    ],
  ];
  return found
    .filter(([kind]) => !expected.some((it) => it === kind))
    .flatMap(([kind, names]) => names.map((name) => `left ${kind}: ${name}`));
}

/** Ids and names of what the plugin started, and of itself. */
export function pluginProcesses(mark: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`).includes(mark))
    .map(
      (pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`,
    );
}

async function nodeProcesses(world: World): Promise<string[]> {
  const folder = path.join(world.folder, "aws");
  const pids = await findProcesses({ folder, commandIds: new Set() });
  return pids
    .map((pid) => ({ pid, args: read(`/proc/${pid}/cmdline`) }))
    .filter(({ args }) => args !== "") // it ends just now
    .map(
      ({ pid, args }) =>
        `${pid} ${args.replaceAll("\0", " ").replaceAll(folder, "").slice(0, 300)}`,
    );
}

function nodeFiles({ folder }: World): string[] {
  return [path.join(folder, "aws"), path.join(folder, "to")].flatMap((place) =>
    filesIn(place).filter((name) => name.includes(".rundeck-ssm-")),
  );
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // it has ended meanwhile
  }
}
