import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { executor } from "../../src/main/entries.ts";
import { runs } from "../support/fuzz.ts";
import { handoverOf, liveAndDie } from "../support/mortal.ts";
import type { Death } from "../support/mortal.ts";
import { machineMs } from "../support/patience.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-takeover-"));
const bucket = "command-output";
const group = "/rundeck/output";
let local: LocalAws;
let turn = 0;

beforeAll(async () => {
  local = await startLocalAws({
    nodes: 50 + 5 * moments.length,
    folder,
    bucket,
    logGroup: group,
  });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Numbers in an order that hardly packs. */
const mixed = (last: number) =>
  `awk 'BEGIN { for (i = 1; i <= ${last}; i++) print (i * 7919) % 1000003 }'`;
const mixedText = (last: number) =>
  Array.from(
    { length: last },
    (_, i) => `${((i + 1) * 7919) % 1000003}\n`,
  ).join("");

/** A command that counts its runs, on a node that nobody else uses. */
function open(command: string, more: Record<string, string> = {}) {
  turn += 1;
  const record = path.join(folder, `runs-${turn}`);
  const text = `echo run >>${record}\n${command}`;
  const instanceId = local.instanceIds[turn - 1] ?? "";
  const count = () =>
    existsSync(record) ? readFileSync(record, "utf8").length / 4 : 0;
  const environment = executorEnvironment(local, instanceId, text, more);
  return { environment, count, instanceId };
}

/** Lets one process die, and another one go on. */
async function takeOver(
  { environment }: ReturnType<typeof open>,
  death: Death,
  killedMsAgo?: number,
) {
  const first = await liveAndDie(executor, { ...environment }, death);
  const second = await runPlugin("NodeExecutor", {
    ...environment,
    ...handoverOf(first, killedMsAgo),
  });
  const stdout = Buffer.concat([first.printed.stdout, second.stdout]);
  return { first, second, stdout: stdout.toString() };
}

const leftovers = () =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.includes(".rundeck-ssm-"),
  );

/** The moments at which a process dies. */
const deaths: Record<string, Death> = {
  "before the send": (_, { kind, name }) => kind === "call" && name === "send",
  "before the send's answer": (_, { kind, name }) =>
    kind === "answer" && name === "send",
  "once it has told the command": ({ traces }, { kind }) =>
    kind === "trace" && traces.length === 2,
  "while the command runs": (_, { kind, name }) =>
    kind === "answer" && name === "read",
  "before it has printed anything": (_, { kind }) => kind === "print",
};
const ways: Record<
  string,
  { command: string; text: string; more: Record<string, string> }
> = {
  plain: {
    command: "sleep 1; seq 100",
    text: Array.from({ length: 100 }, (_, i) => `${i + 1}\n`).join(""),
    more: {},
  },
  paged: { command: mixed(40_000), text: mixedText(40_000), more: {} },
  polled: {
    command: `${mixed(2_000)}; sleep 5; ${mixed(30_000)}`,
    text: mixedText(2_000) + mixedText(30_000),
    more: { RD_CONFIG_SSM_LIVE_OUTPUT: "true" },
  },
  CloudWatch: {
    command: `seq 50; sleep 3; ${mixed(5_000)}`,
    text:
      Array.from({ length: 50 }, (_, i) => `${i + 1}\n`).join("") +
      mixedText(5_000),
    more: { RD_CONFIG_CLOUDWATCH_LOG_GROUP: group },
  },
  bucket: {
    command: mixed(60_000),
    text: mixedText(60_000),
    more: {
      RD_CONFIG_SSM_OUTPUT_BUCKET: bucket,
      RD_CONFIG_SSM_OUTPUT_LIMIT: "20000",
    },
  },
};
const table = Object.keys(ways).flatMap((way) =>
  Object.keys(deaths).map((moment) => [way, moment] as const),
);

describe.concurrent("a run whose process died", () => {
  it.each(table)("is gone on with: output %s, dead %s", async (way, moment) => {
    const { command, text, more } = ways[way] ?? ways["plain"] ?? never();
    const run = open(`${command}; exit 3`, more);
    const { first, second, stdout } = await takeOver(
      run,
      deaths[moment] ?? never(),
    );
    expect(first.exitCode).toBeUndefined();
    expect([second.exitCode, second.stderr]).toEqual([3, ""]);
    expect(stdout === text).toBe(true);
    expect(run.count()).toBe(1);
  });

  it.each(Object.keys(ways))(
    "prints what was not printed, each byte once: output %s",
    async (way) => {
      const { command, text, more } = ways[way] ?? never();
      const run = open(`${command}; exit 3`, more);
      // what a first chunk holds of it is printed, or all that comes at once
      const { second, stdout } = await takeOver(
        run,
        ({ printed }, { kind }) =>
          kind !== "print" && printed.stdout.length > 0,
      );
      expect([second.exitCode, second.stderr]).toEqual([3, ""]);
      expect(stdout === text).toBe(true);
      expect(run.count()).toBe(1);
    },
  );

  it("prints the rest of two megabytes of which some were printed", async () => {
    const run = open(`${mixed(300_000)}; echo oops >&2`);
    const { environment } = run;
    const first = await liveAndDie(
      executor,
      { ...environment },
      deaths["once it has told the command"] ?? never(),
    );
    const text = mixedText(300_000);
    const printed = 1_234_567;
    const [trace] = first.traces.slice(-1);
    const second = await runPlugin("NodeExecutor", {
      ...environment,
      RUNDECK_SSM_SIDECAR: "off",
      RUNDECK_SSM_RESUME: `${trace} ${printed} 2 e`,
    });
    expect([second.exitCode, second.stderr]).toEqual([0, "ps\n"]);
    expect(second.stdout.toString() === text.slice(printed)).toBe(true);
    expect(run.count()).toBe(1);
  });

  it("is an ordinary run where it had told nothing", async () => {
    const run = open("echo hello");
    const second = await runPlugin("NodeExecutor", {
      ...run.environment,
      RUNDECK_SSM_SIDECAR: "off",
      RUNDECK_SSM_RESUME: "- 0 0 .",
    });
    expect([second.exitCode, second.stdout.toString()]).toEqual([0, "hello\n"]);
    expect(run.count()).toBe(1);
  });

  it.each(["nonsense", "nonsense 0 0", "0123 1"])(
    "is not begun again where '%s' is what is known of it",
    async (resume) => {
      const run = open("echo hello");
      const { exitCode, stderr } = await runPlugin("NodeExecutor", {
        ...run.environment,
        RUNDECK_SSM_SIDECAR: "off",
        RUNDECK_SSM_RESUME: resume,
      });
      expect(exitCode).toBe(70);
      expect(stderr).toMatch(
        /^rundeck-ssm: defect: .*nothing was sent again.*\n$/,
      );
      expect(run.count()).toBe(0);
    },
  );
});

/** Some of the calls, traces and writes of a run, from its first look on. */
const moments = Array.from({ length: runs(2) }, (_, i) => 7 + 3 * i);

describe.concurrent("a run whose process died", () => {
  it.each(
    Object.keys(ways).flatMap((way) =>
      moments.map((moment) => [way, moment] as const),
    ),
  )(
    "is gone on with at any moment: output %s, moment %i",
    async (way, moment) => {
      const { command, text, more } = ways[way] ?? never();
      const run = open(`${command}; exit 3`, more);
      let met = 0;
      const { second, stdout } = await takeOver(
        run,
        () => (met += 1) === moment,
      );
      expect([second.exitCode, second.stderr]).toEqual([3, ""]);
      expect(stdout === text).toBe(true);
      expect(run.count()).toBe(1);
    },
  );
});

describe.concurrent("a run whose process died, killed meanwhile", () => {
  it.each([
    ["before the send", 0],
    ["before the send's answer", 1],
    ["once it has told the command", 1],
    ["while the command runs", 1],
  ] as const)("is ended on the node: dead %s", async (moment, most) => {
    const mark = `takeover-${moment.replaceAll(/\W/g, "-")}`;
    const run = open(`export MARK=${mark}; echo begun; sleep 60 & wait`);
    const { second } = await takeOver(run, deaths[moment] ?? never(), 1_000);
    expect(second.exitCode).toBe(143);
    expect(second.stderr).toMatch(
      /^rundeck-ssm: cancelled: .*killed by Rundeck, (and ended on the node|never begun).*\n$/,
    );
    expect(second.ms).toBeLessThan(14_000 + machineMs);
    expect(run.count()).toBeLessThanOrEqual(most);
    expect(pidsWith(`MARK=${mark}`)).toEqual([]);
  });
});

it("leaves nothing on the nodes and in the bucket", () => {
  expect(leftovers()).toEqual([]);
  expect(local.s3.keysOf(bucket)).toEqual([]);
});

function never(): never {
  throw new Error("there is no such row");
}
