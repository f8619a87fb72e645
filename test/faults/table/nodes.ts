import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { kill } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { findProcesses } from "../../../src/local/node/processes.ts";
import type { NodeTools } from "../../../src/local/node/home.ts";
import {
  type Expected,
  type Fault,
  passes,
  refused,
} from "../../support/faults/cell.ts";
import { type Running, until } from "../../support/faults/run.ts";
import { openSend } from "../../support/faults/sends.ts";
import type { World } from "../../support/faults/world.ts";

const brief = { "ssm-execution-timeout": "10", "ssm-delivery-timeout": "30" };

const vanishes = (more: Partial<Expected> = {}): Expected => ({
  happens:
    "ends at the command's own deadline; the line says that the node does not answer",
  exit: 69,
  codeWord: "node-unreachable",
  runs: 1,
  left: ["object", "node file"],
  longestSeconds: 75,
  ...more,
});

/** Everything that runs on the node is gone, and it never answers for it. */
async function loseProcesses(world: World): Promise<void> {
  const folder = path.join(world.folder, "aws");
  const find = () => findProcesses({ folder, commandIds: new Set() });
  // one may start another between the look and its end
  for (let pids = await find(); pids.length > 0; pids = await find())
    for (const pid of pids)
      try {
        kill(pid, "SIGKILL");
      } catch {
        // it has ended meanwhile
      }
}

/** How long a command waits that is killed meanwhile, in seconds: none of the runner's own waits is this long. */
const waitsSeconds = 30;

/** The shell that reads the command is the one that waits, when it has come so far. */
async function killCommand(world: World, running: Running): Promise<void> {
  const folder = path.join(world.folder, "aws");
  const waiting = `sleep\0${waitsSeconds}\0`;
  while (!running.hasEnded) {
    for (const pid of await findProcesses({ folder, commandIds: new Set() })) {
      const { args, parent } = look(pid);
      if (args !== waiting) continue;
      kill(parent, "SIGKILL");
      kill(pid, "SIGKILL");
      return;
    }
    await delay(20);
  }
}

function look(pid: number): { args: string; parent: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return {
      args: readFileSync(`/proc/${pid}/cmdline`, "latin1"),
      parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]),
    };
  } catch {
    return { args: "", parent: 0 }; // it has ended meanwhile
  }
}

const comingAndGoing: Fault[] = [
  {
    id: "node-unknown",
    fault: "AWS does not know the instance",
    arrange: ({ environment }) => {
      environment["RD_NODE_INSTANCEID"] = "i-0deadbeefdeadbeef";
    },
    expected: refused(69, "node-unreachable", [
      /i-0deadbeefdeadbeef/,
      /us-east-1/,
    ]),
  },
  {
    id: "node-terminated",
    fault: "the instance is terminated before the command is sent",
    arrange: ({ node }) => node.terminate(),
    expected: { ...refused(69, "node-unreachable", []), longestSeconds: 30 },
  },
  {
    id: "node-offline",
    fault: "the node's agent is offline",
    arrange: ({ node, set }) => {
      set({ "ssm-delivery-timeout": "30" });
      node.goOffline();
    },
    expected: {
      happens:
        "ends after the delivery timeout; a note after 15 s says what is waited for",
      exit: 124,
      codeWord: "delivery-timeout",
      says: [/30 s/, /ssm-delivery-timeout/],
      never: [/may be running/],
      notes: 1,
      runs: 0,
      longestSeconds: 50,
    },
  },
  {
    id: "node-offline-back",
    fault: "the node's agent is offline for 5 s before the command",
    arrange: ({ node, use }) => {
      node.goOffline();
      const timer = setTimeout(() => node.goOnline(), 5_000);
      use({ close: () => clearTimeout(timer) });
    },
    expected: passes(30),
  },
  {
    id: "agent-restarted",
    fault: "the node's agent restarts while the command runs",
    takesSeconds: 3,
    during: async (world, running) => {
      await begun(world, running);
      world.node.goOffline();
      const back = performance.now() + 4_000;
      await until(running, () => performance.now() > back);
      world.node.goOnline();
    },
    expected: passes(45),
  },
  {
    id: "node-vanishes",
    fault: "the node loses its network for good while the command runs",
    takesSeconds: 3,
    pipelines: ["executor", "output"],
    arrange: ({ set }) => set(brief),
    during: async (world, running) => {
      await world.begun(running);
      world.node.goOffline();
    },
    expected: vanishes(),
  },
  {
    id: "node-terminated-midway",
    fault: "the instance is terminated while the command runs",
    takesSeconds: 30,
    pipelines: ["executor", "output"],
    arrange: ({ set }) => set({ ...brief, "ssm-execution-timeout": "35" }),
    during: async (world, running) => {
      await world.begun(running);
      await world.node.terminate();
    },
    expected: vanishes({ longestSeconds: 100 }),
  },
  {
    id: "node-rebooted",
    fault: "the node reboots while the command runs, and never answers for it",
    takesSeconds: 30,
    pipelines: ["executor", "output"],
    arrange: ({ set, node }) => {
      set({ ...brief, "ssm-execution-timeout": "35" });
      node.lostReplies = 1;
    },
    during: async (world, running) => {
      await world.begun(running);
      await loseProcesses(world);
    },
    expected: {
      happens:
        "ends at the command's own deadlines; the line says that the node does not answer, or that the command was not seen to begin",
      exit: [69, 124],
      codeWord: "node-unreachable|delivery-timeout",
      runs: 1,
      longestSeconds: 110,
    },
  },
  {
    id: "node-command-killed",
    fault: "somebody kills the command on the node (or the kernel, for memory)",
    takesSeconds: waitsSeconds,
    pipelines: ["executor", "output"],
    during: async (world, running) => {
      await world.begun(running);
      await killCommand(world, running);
    },
    expected: {
      happens: "ends with the signal's code, 128 and its number",
      exit: 137,
      runs: 1,
      longestSeconds: 20,
    },
  },
  {
    id: "node-reply-lost",
    fault: "the node's answer gets lost",
    pipelines: ["executor", "output"],
    arrange: ({ set, node }) => {
      set(brief);
      node.lostReplies = 1;
    },
    expected: {
      happens:
        "ends as it would have, when the deadlines have passed and the node's own files are asked",
      exit: "own",
      runs: 1,
      longestSeconds: 80,
    },
  },
  {
    id: "node-queue-full",
    fault: "five commands run on the node and five wait, for 10 s",
    arrange: (world) => openSend(world, 10, 10),
    expected: { ...passes(60), notes: 1 },
  },
  {
    id: "node-queue-full-for-good",
    fault:
      "five commands run on the node and five wait, for longer than the delivery timeout",
    arrange: async (world) => {
      world.set({ "ssm-delivery-timeout": "30" });
      await openSend(world, 10, 100);
    },
    expected: {
      happens: "ends after the delivery timeout",
      exit: 124,
      codeWord: "delivery-timeout",
      never: [/may be running/],
      notes: 1,
      runs: 0,
      left: ["command"],
      longestSeconds: 50,
    },
  },
  {
    id: "node-queued-for-good",
    fault:
      "five commands run on the node for longer than both timeouts, and ours waits in its queue",
    arrange: async (world) => {
      world.set({ "ssm-delivery-timeout": "30", "ssm-execution-timeout": "5" });
      await openSend(world, 5, 100);
    },
    expected: {
      happens:
        "is cancelled after the delivery timeout; the line says that it was not seen to begin",
      exit: 124,
      codeWord: "delivery-timeout",
      says: [/not (?:seen to )?beg[iu]n|never began/],
      never: [/ended after 5 s/],
      notes: 1,
      runs: 0,
      left: ["command"],
      // both timeouts, what the agent and SSM add, then the cancel, which AWS can't confirm, and the question to the node: 10 s each
      longestSeconds: 80,
    },
  },
];

function begun(world: World, running: Parameters<World["begun"]>[0]) {
  return world.pipeline === "copier"
    ? world.asked(running, "SendCommand")
    : world.begun(running);
}

const lacking = (
  names: string[],
  expected: Expected,
  more: Partial<Fault> = {},
): Fault => ({
  id: `node-without-${names.join("-")}`,
  fault: `the node has no ${names.join(", ")}`,
  account: { nodes: [{ tools: { without: names } satisfies NodeTools }] },
  expected,
  ...more,
});

const toolFaults: Fault[] = [
  lacking(["setsid"], passes(15)),
  lacking(["gzip"], passes(30)),
  lacking(["base64"], passes(30)),
  lacking(["od"], passes(30)),
  lacking(["mkfifo"], passes(30)),
  lacking(["df"], passes(30)),
  lacking(["sha256sum"], passes(30)),
  lacking(["aws", "curl", "wget", "python3"], passes(30)),
  lacking(["mktemp", "stat"], passes(30)),
  {
    id: "node-bash-as-sh",
    fault: "the node's sh is bash",
    account: { nodes: [{ tools: { sh: "/bin/bash" } }] },
    expected: passes(15),
  },
];

const timeFaults: Fault[] = [
  {
    id: "node-too-slow",
    fault: "the command runs longer than ssm-execution-timeout",
    takesSeconds: 60,
    pipelines: ["executor", "output"],
    arrange: ({ set }) => set({ "ssm-execution-timeout": "5" }),
    expected: {
      happens: "is ended on the node; its output so far is shown",
      exit: 124,
      codeWord: "execution-timeout",
      says: [/5 s/, /ssm-execution-timeout/],
      runs: 1,
      longestSeconds: 35,
    },
  },
  {
    id: "node-too-slow-without-setsid",
    fault:
      "the command runs longer than ssm-execution-timeout, on a node without setsid",
    takesSeconds: 60,
    pipelines: ["executor", "output"],
    account: { nodes: [{ tools: { without: ["setsid"] } }] },
    arrange: ({ set }) => set({ "ssm-execution-timeout": "5" }),
    expected: {
      happens: "is ended on the node",
      exit: 124,
      codeWord: "execution-timeout",
      runs: 1,
      longestSeconds: 35,
    },
  },
  {
    id: "node-cancelled-in-aws",
    fault: "somebody cancels the command in AWS's console",
    takesSeconds: 60,
    pipelines: ["executor", "output"],
    during: async (world, running) => {
      await world.begun(running);
      await world.asked(running, "GetCommandInvocation");
      const { cancelAll } = await import("../../support/faults/sends.ts");
      await cancelAll(world);
    },
    expected: {
      happens: "ends; the line says who",
      exit: 143,
      codeWord: "cancelled",
      says: [/AWS/],
      runs: 1,
      longestSeconds: 30,
    },
  },
];

/** What is small is full soon. */
function mountDisk(place: string, world: World, options: string): void {
  spawnSync("mkdir", ["-p", place]);
  const args = ["-t", "tmpfs", "-o", options, "tmpfs", place];
  if (spawnSync("mount", args).status !== 0)
    throw new Error(`could not mount ${place}`);
  world.use({ close: () => void spawnSync("umount", ["-l", place]) });
}

const diskFaults: Fault[] = [
  {
    id: "node-disk-full",
    fault: "the disk of the destination is full",
    pipelines: ["copier"],
    needs: "root",
    arrange: (world) =>
      mountDisk(path.dirname(world.file.destination), world, "size=16k"),
    expected: {
      happens: "fails; the old file stays",
      exit: 74,
      codeWord: "transfer-failed",
      says: [/No space left/],
      runs: 0,
      longestSeconds: 20,
    },
  },
  {
    id: "node-disk-read-only",
    fault: "the disk of the destination is read-only",
    pipelines: ["copier"],
    needs: "root",
    arrange: (world) =>
      mountDisk(path.dirname(world.file.destination), world, "ro"),
    expected: {
      happens: "fails; the line names the destination",
      exit: 74,
      codeWord: "transfer-failed",
      says: [/Read-only/],
      runs: 0,
      longestSeconds: 20,
    },
  },
  {
    id: "node-destination-device",
    fault: "the destination is a FIFO",
    pipelines: ["copier"],
    arrange: ({ file }) => void spawnSync("mkfifo", [file.destination]),
    expected: {
      happens: "fails; the FIFO stays",
      exit: 74,
      codeWord: "transfer-failed",
      runs: "0 or 1",
      longestSeconds: 20,
    },
  },
  {
    id: "node-destination-below-file",
    fault: "a part of the destination's path is a file",
    pipelines: ["copier"],
    arrange: ({ file, environment }) => {
      environment["RD_FILE_COPY_DESTINATION"] = `${file.source}/below/it`;
    },
    expected: {
      happens: "fails; the line names the destination",
      exit: 74,
      codeWord: "transfer-failed",
      runs: 0,
      longestSeconds: 20,
    },
  },
];

export const nodeFaults: Fault[] = [
  ...comingAndGoing,
  ...toolFaults,
  ...timeFaults,
  ...diskFaults,
];
