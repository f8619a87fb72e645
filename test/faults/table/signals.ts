import type { FaultRule } from "../../../src/local/faults.ts";
import type { Expected, Fault, Pipeline } from "../../support/faults/cell.ts";
import { type Running, until } from "../../support/faults/run.ts";
import { assumeRole } from "../../support/faults/sources.ts";
import type { World } from "../../support/faults/world.ts";

/** Where a run is when it is killed. */
type Stage = {
  id: string;
  says: string;
  pipelines?: readonly Pipeline[];
  arrange?: (world: World) => void;
  reached: (world: World, running: Running) => Promise<void>;
  takesSeconds?: number;
};

const slow = (operation: string): FaultRule => ({
  kind: "delay",
  ms: 1_000,
  operation,
  times: 1,
});

const fetching: Stage = {
  id: "fetch",
  says: "while the node fetches the file",
  pipelines: ["copier"],
  arrange: ({ fails, node }) =>
    fails({ ...slow("GetObject"), accessKeyId: node.role.accessKeyId }),
  reached: (world, running) =>
    until(running, () =>
      world.aws.requests.some(
        ({ operation, accessKeyId }) =>
          operation === "GetObject" &&
          accessKeyId === world.node.role.accessKeyId,
      ),
    ),
};

const stages: Stage[] = [
  {
    id: "credentials",
    says: "while a role is assumed",
    arrange: (world) => {
      assumeRole(world);
      world.fails({ kind: "silent", when: "before", service: "sts" });
    },
    reached: (world, running) => world.asked(running, "AssumeRole"),
  },
  {
    id: "upload",
    says: "while the file goes to the bucket",
    pipelines: ["copier"],
    arrange: ({ fails }) => fails(slow("PutObject")),
    reached: (world, running) => world.asked(running, "PutObject"),
  },
  {
    id: "send",
    says: "while the command is sent",
    arrange: ({ fails }) => fails(slow("SendCommand")),
    reached: (world, running) => world.asked(running, "SendCommand"),
    takesSeconds: 60,
  },
  {
    id: "queued",
    says: "while the command waits for its node",
    arrange: ({ node }) => node.goOffline(),
    reached: (world, running) =>
      world.asked(running, "GetCommandInvocation", 2),
  },
  {
    id: "running",
    says: "while the command runs",
    pipelines: ["executor", "output"],
    reached: (world, running) => world.begun(running),
    takesSeconds: 60,
  },
  fetching,
  {
    id: "pages",
    says: "while the output is fetched",
    pipelines: ["output"],
    arrange: ({ fails }) => fails({ ...slow("SendCommand"), skip: 1 }),
    reached: (world, running) => world.asked(running, "SendCommand", 2),
  },
];

const killed = (stage: Stage, pipeline: Pipeline): Expected => {
  const neverBegan = stage.id === "credentials" || stage.id === "upload";
  const expected: Expected = {
    happens: neverBegan
      ? "ends; the line says that nothing was sent"
      : "is cancelled; the line says what is known of the command",
    exit: 143,
    codeWord: "cancelled",
    says:
      neverBegan || stage.id === "queued"
        ? [/never began|nothing was sent|not begun|before the command began/]
        : [],
    runs: neverBegan
      ? 0
      : pipeline === "output" && stage.id === "pages"
        ? 1
        : "0 or 1",
    longestSeconds: 15,
    since: "kill",
  };
  if (stage.id !== "upload") return expected;
  return {
    ...expected,
    happens: `${expected.happens}; where S3 has not answered within 5 s, a note names the object that may come later`,
    or: { ...expected, notes: 1, left: ["object"] },
  };
};

const terms: Fault[] = stages.map((stage) => ({
  id: `term-${stage.id}`,
  fault: `the job is killed ${stage.says}`,
  ...(stage.pipelines ? { pipelines: stage.pipelines } : {}),
  ...(stage.takesSeconds === undefined
    ? {}
    : { takesSeconds: stage.takesSeconds }),
  ...(stage.arrange ? { arrange: stage.arrange } : {}),
  during: async (world, running) => {
    await stage.reached(world, running);
    running.kill("SIGTERM");
  },
  expected: (pipeline) => killed(stage, pipeline),
}));

/** Nobody can tidy up behind SIGKILL on the server; on the node the runner does. */
const kills: Fault[] = stages.map((stage) => ({
  id: `kill-${stage.id}`,
  fault: `the plugin is killed with SIGKILL ${stage.says}`,
  ...(stage.pipelines ? { pipelines: stage.pipelines } : {}),
  ...(stage.arrange ? { arrange: stage.arrange } : {}),
  takesSeconds: 1,
  during: async (world, running) => {
    await stage.reached(world, running);
    running.kill("SIGKILL");
  },
  expected: {
    happens:
      "is gone at once; the command ends by itself, and what it left is found and removed by the node's next run",
    exit: "killed",
    runs: "0 or 1",
    left: ["object", "node file", "command"],
    longestSeconds: 2,
    since: "kill",
  },
}));

/** A kill while something else fails, too. */
const killTroubles: {
  id: string;
  says: string;
  rule?: FaultRule;
  deny?: string;
  expected?: Partial<Expected>;
}[] = [
  {
    id: "cancel-denied",
    says: "ssm:CancelCommand is denied",
    deny: "ssm:CancelCommand",
  },
  {
    id: "cancel-throttled",
    says: "CancelCommand is throttled for 3 s",
    rule: {
      kind: "error",
      code: "ThrottlingException",
      operation: "CancelCommand",
      forMs: 3_000,
    },
  },
  {
    id: "cancel-500",
    says: "CancelCommand answers 500 once",
    rule: {
      kind: "error",
      code: "InternalServerError",
      status: 500,
      operation: "CancelCommand",
      times: 1,
    },
  },
  {
    id: "cancel-reset",
    says: "CancelCommand is reset once, after it took effect",
    rule: { kind: "lost", when: "after", operation: "CancelCommand", times: 1 },
  },
  {
    id: "cancel-silent",
    says: "CancelCommand is never answered",
    rule: { kind: "silent", when: "before", operation: "CancelCommand" },
  },
  {
    id: "cancel-page",
    says: "a proxy answers CancelCommand with a web page",
    rule: { kind: "foreign", status: 403, operation: "CancelCommand" },
  },
];

const troubledKills: Fault[] = killTroubles.map(({ id, says, rule, deny }) => ({
  id: `term-${id}`,
  fault: `the job is killed while the command runs, and ${says}`,
  pipelines: ["executor", "output"],
  takesSeconds: 60,
  arrange: ({ fails, aws }) => {
    if (rule) fails(rule);
    if (deny !== undefined) aws.faults.deniedActions.add(deny);
  },
  during: async (world, running) => {
    await world.begun(running);
    running.kill("SIGTERM");
  },
  expected: {
    happens: "ends on the node all the same; the line says what is known",
    exit: 143,
    codeWord: "cancelled",
    runs: 1,
    longestSeconds: 15,
    since: "kill",
  },
}));

/** The node's work ends at once, whatever becomes of the object. */
const killedFetches: Fault[] = [
  {
    id: "term-delete-silent",
    fault:
      "the job is killed while the node fetches the file, and DeleteObject is never answered",
    pipelines: ["copier"],
    arrange: ({ fails, node }) => {
      const { accessKeyId } = node.role;
      fails({ kind: "delay", ms: 60_000, operation: "GetObject", accessKeyId });
      fails({ kind: "silent", when: "before", operation: "DeleteObject" });
    },
    during: async (world, running) => {
      await fetching.reached(world, running);
      running.kill("SIGTERM");
    },
    expected: {
      happens: "the fetch is cancelled at once; a note names the object",
      exit: 143,
      codeWord: "cancelled",
      says: [/ended on the node/],
      notes: 1,
      runs: 0,
      left: ["object"],
      longestSeconds: 15,
      since: "kill",
    },
  },
];

/** AWS or the node is gone: the plugin ends all the same, and says what it doesn't know. */
const hopelessKills: Fault[] = [
  {
    id: "term-aws-silent",
    fault:
      "the job is killed while the command runs, and AWS never answers again",
    pipelines: ["executor", "output"],
    takesSeconds: 30,
    during: async (world, running) => {
      await world.begun(running);
      world.fails({ kind: "silent", when: "before" });
      running.kill("SIGTERM");
    },
    expected: {
      happens:
        "ends within 15 s; the line says that the end was asked for and is not confirmed",
      exit: 143,
      codeWord: "cancelled",
      says: [/not confirmed|did not answer|may (?:still )?be running|goes on/],
      never: [/ended on the node/],
      runs: 1,
      left: ["command", "node file"],
      longestSeconds: 15,
      since: "kill",
    },
  },
  {
    id: "term-aws-gone",
    fault:
      "the job is killed while the command runs, and AWS refuses connections",
    pipelines: ["executor", "output"],
    takesSeconds: 30,
    during: async (world, running) => {
      await world.begun(running);
      world.fails({ kind: "lost", when: "before" });
      running.kill("SIGTERM");
    },
    expected: {
      happens: "ends within 15 s; the line says that the end is not confirmed",
      exit: 143,
      codeWord: "cancelled",
      says: [/not confirmed|could not|may (?:still )?be running|goes on/],
      never: [/ended on the node/],
      runs: 1,
      left: ["command", "node file"],
      longestSeconds: 15,
      since: "kill",
    },
  },
  {
    id: "term-node-offline",
    fault: "the job is killed while the command runs, and the node is offline",
    pipelines: ["executor", "output"],
    takesSeconds: 30,
    during: async (world, running) => {
      await world.begun(running);
      world.node.goOffline();
      running.kill("SIGTERM");
    },
    expected: {
      happens: "ends within 15 s; the line says that the end is not confirmed",
      exit: 143,
      codeWord: "cancelled",
      says: [/not confirmed|may (?:still )?be running|goes on/],
      never: [/ended on the node/],
      runs: 1,
      left: ["command", "node file"],
      longestSeconds: 15,
      since: "kill",
    },
  },
  {
    id: "term-survivor",
    fault:
      "the job is killed, and a process on the node has left the command's session and environment",
    pipelines: ["executor", "output"],
    takesSeconds: 60,
    arrange: ({ environment }) => {
      environment["RD_EXEC_COMMAND"] =
        `setsid env -i sleep 20 & ${environment["RD_EXEC_COMMAND"] ?? ""}`;
    },
    during: async (world, running) => {
      await world.begun(running);
      running.kill("SIGTERM");
    },
    expected: {
      happens: "ends; what the line says of the command is true",
      exit: 143,
      codeWord: "cancelled",
      runs: 1,
      left: ["command"],
      longestSeconds: 15,
      since: "kill",
    },
  },
  {
    id: "term-twice",
    fault: "the job is killed twice",
    // a copy is over before it can be killed twice
    pipelines: ["executor", "output"],
    takesSeconds: 60,
    during: async (world, running) => {
      await world.asked(running, "GetCommandInvocation");
      running.kill("SIGTERM");
      await world.asked(running, "CancelCommand");
      running.kill("SIGTERM");
    },
    expected: {
      happens: "ends as after one kill",
      exit: 143,
      codeWord: "cancelled",
      runs: "0 or 1",
      longestSeconds: 15,
      since: "kill",
    },
  },
  {
    id: "term-and-closed",
    fault: "the job is killed, and Rundeck closes both pipes at once",
    takesSeconds: 60,
    pipelines: ["executor", "output"],
    during: async (world, running) => {
      await world.begun(running);
      running.kill("SIGTERM");
      running.closeOutput();
    },
    arrange: (world) => {
      world.unread = true;
    },
    expected: {
      happens: "is ended on the node; nobody reads what is said",
      exit: 143,
      runs: 1,
      longestSeconds: 15,
      since: "kill",
    },
  },
];

export const signalFaults: Fault[] = [
  ...terms,
  ...kills,
  ...troubledKills,
  ...killedFetches,
  ...hopelessKills,
];
