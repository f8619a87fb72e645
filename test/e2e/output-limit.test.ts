import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws, LocalAwsOptions } from "../../src/local/local-aws.ts";
import { preparePython } from "../host/clients/python.ts";
import {
  executorEnvironment,
  runPlugin,
  startPlugin,
} from "../support/plugin.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-limit-"));
const bucket = "command-output";
const aws = await preparePython();
const clients = ["aws", "curl", "wget", "python3"];
const only = (tool: string) => ({
  without: clients.filter((name) => name !== tool),
});
const nodes = {
  curl: only("curl"),
  wget: only("wget"),
  python: only("python3"),
  bare: only(""),
  aws: {
    ...only(""),
    ...(aws.kind === "ready" ? { add: { aws: aws.aws } } : {}),
  },
};
let shared: LocalAws;

beforeAll(async () => {
  shared = await own();
});
afterAll(async () => {
  await shared.close();
  rmSync(folder, { recursive: true, force: true });
});

const own = (options: LocalAwsOptions = {}) =>
  startLocalAws({
    nodes: Object.values(nodes).map((tools) => ({ tools })),
    folder,
    bucket,
    ...options,
  });

function environment(
  node: keyof typeof nodes,
  command: string,
  more: Record<string, string> = {},
  local = shared,
) {
  const instanceId = local.instanceIds[Object.keys(nodes).indexOf(node)] ?? "";
  return executorEnvironment(local, instanceId, command, more);
}
const start = (...args: Parameters<typeof environment>) =>
  startPlugin("NodeExecutor", environment(...args));
const run = (...args: Parameters<typeof environment>) =>
  runPlugin("NodeExecutor", environment(...args));

/** Numbers in an order that hardly packs, so that they are too much for one reply. */
const mixed = (last: number) =>
  `awk 'BEGIN { for (i = 1; i <= ${last}; i++) print (i * 7919) % 1000003 }'`;
const mixedText = (last: number) =>
  Array.from(
    { length: last },
    (_, i) => `${((i + 1) * 7919) % 1000003}\n`,
  ).join("");
const through = {
  RD_CONFIG_SSM_OUTPUT_BUCKET: bucket,
  RD_CONFIG_SSM_OUTPUT_LIMIT: "20000",
};
const sends = (local: LocalAws) =>
  local.requests.filter(({ operation }) => operation === "SendCommand");
const oneNote = /^rundeck-ssm: note: [^\n]*\n$/;

describe.concurrent("output over ssm-output-limit", () => {
  it("is cut there, and one line says what is left out and how to get it", async () => {
    const { stdout, stderr, exitCode } = await run(
      "curl",
      `${mixed(20_000)}; exit 5`,
      { RD_CONFIG_SSM_OUTPUT_LIMIT: "100000" },
    );
    expect(stdout.toString()).toBe(mixedText(20_000).slice(0, 100_000));
    expect(stderr).toMatch(oneNote);
    expect(stderr).toMatch(
      /only the first 100,000 bytes of stdout .*cloudwatch-log-group.*ssm-output-bucket.*ssm-output-limit/,
    );
    expect(exitCode).toBe(5);
  });

  it("is whole up to the limit, in pages", async () => {
    const { stdout, stderr } = await run("curl", mixed(60_000), {
      RD_CONFIG_SSM_OUTPUT_LIMIT: "1000000",
    });
    expect(stdout.toString() === mixedText(60_000)).toBe(true);
    expect(stderr).toBe("");
  });
});

describe.concurrent("output through a bucket", () => {
  it.each(["curl", "wget", "python"] as const)(
    "is sent by %s to a signed address, read, and removed",
    async (node) => {
      const { stdout, stderr, exitCode } = await run(
        node,
        `${mixed(30_000)}; echo oops >&2; exit 6`,
        through,
      );
      expect(stdout.toString() === mixedText(30_000)).toBe(true);
      expect([stderr, exitCode]).toEqual(["oops\n", 6]);
    },
  );

  it.skipIf(aws.kind === "missing")(
    "is sent by the AWS CLI with the node's role, and no signed address",
    async () => {
      const { stdout, stderr } = await run("aws", mixed(30_000), through);
      expect(stdout.toString() === mixedText(30_000)).toBe(true);
      expect(stderr).toBe("");
      const id = shared.instanceIds[Object.keys(nodes).indexOf("aws")] ?? "";
      const toNode = sends(shared).filter(({ input }) =>
        JSON.stringify(input).includes(id),
      );
      expect(JSON.stringify(toNode)).not.toContain("X-Amz-Signature");
    },
  );

  it("falls back to what the limit lets through where the node can't send, and says why", async () => {
    await using local = await own();
    const { stdout, stderr } = await run("bare", mixed(30_000), through, local);
    expect(stdout.toString()).toBe(mixedText(30_000).slice(0, 20_000));
    const [why, cut, ...others] = stderr.trimEnd().split("\n");
    expect(why).toMatch(/note: .*curl, python3 nor wget.*ssm-output-bucket/);
    expect(cut).toMatch(/note: .*only the first 20,000 bytes of stdout/);
    expect(others).toEqual([]);
    expect(local.s3.keysOf(bucket)).toEqual([]);
  });

  it("asks the node for nothing where we may not read the bucket", async () => {
    await using local = await own();
    local.faults.deniedActions.add("s3:GetObject");
    const { stdout, stderr } = await run(
      "curl",
      mixed(120_000),
      { ...through, RD_CONFIG_SSM_OUTPUT_LIMIT: "1000000" },
      local,
    );
    expect(stdout.toString() === mixedText(120_000)).toBe(true);
    expect(stderr).toMatch(oneNote);
    expect(stderr).toMatch(/denied s3:GetObject.*ssm-output-bucket/);
    expect(JSON.stringify(sends(local))).not.toContain("X-Amz-Signature");
    expect(local.s3.keysOf(bucket)).toEqual([]);
  });

  it("is emptied where we may not remove it", async () => {
    await using local = await own();
    local.faults.deniedActions.add("s3:DeleteObject");
    const { stdout, stderr } = await run("curl", mixed(30_000), through, local);
    expect(stdout.toString() === mixedText(30_000)).toBe(true);
    expect(stderr).toBe("");
    const [key = ""] = local.s3.keysOf(bucket);
    expect(key).toMatch(/^rundeck-ssm-output\/[0-9a-f]{32}$/);
    expect(await local.s3.contentOf(bucket, key)).toHaveLength(0);
  });

  it("shows the signed address to nobody", async () => {
    await using local = await own();
    const plugin = start("curl", mixed(30_000), through, local);
    const { stdout, stderr } = await plugin.ended;
    expect(stdout.toString() + stderr).not.toContain("X-Amz-");
    const comments = sends(local).map(({ input }) => commentOf(input));
    expect(comments.join("\n")).not.toContain("X-Amz-");
  });

  it("leaves nothing in the bucket or on the node when the job is killed meanwhile", async () => {
    // the other tests, which run at the same time, have their files elsewhere
    const place = mkdtempSync(path.join(folder, "killed-"));
    await using local = await own({ folder: place });
    local.faults.add({
      kind: "delay",
      ms: 3_000,
      operation: "PutObject",
      skip: 1,
    });
    const plugin = start("curl", mixed(30_000), through, local);
    while (sends(local).length < 3) await delay(20);
    plugin.kill("SIGTERM");
    const { exitCode, stderr } = await plugin.ended;
    expect(exitCode).toBe(143);
    // what a kill has no time for is named
    const untold = local.s3
      .keysOf(bucket)
      .filter((key) => !stderr.includes(key));
    expect(untold).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});

describe.concurrent("a running command that is polled", () => {
  const live = { RD_CONFIG_SSM_LIVE_OUTPUT: "true" };

  it("shows its lines while it runs, each once, and the end at its end", async () => {
    // the command does not end before each of its lines has been shown
    const shown = path.join(folder, "shown");
    const plugin = start(
      "curl",
      `for i in 1 2 3 4 5 6; do echo line $i; echo err $i >&2; until [ -e ${shown}$i ]; do sleep 0.1; done; done; printf end; exit 3`,
      live,
    );
    for (const i of [1, 2, 3, 4, 5, 6]) {
      await plugin.printed(`line ${i}\n`);
      writeFileSync(`${shown}${i}`, "");
    }
    const { stdout, stderr, exitCode } = await plugin.ended;
    const lines = (word: string) =>
      [1, 2, 3, 4, 5, 6].map((i) => `${word} ${i}\n`).join("");
    expect(stdout.toString()).toBe(`${lines("line")}end`);
    expect([stderr, exitCode]).toEqual([lines("err"), 3]);
  });

  it("shows as much as without, where it writes more than the limit", async () => {
    const beyond = { ...live, RD_CONFIG_SSM_OUTPUT_LIMIT: "50000" };
    const shown = path.join(folder, "beyond");
    const plugin = start(
      "curl",
      `echo begin; until [ -e ${shown} ]; do sleep 0.1; done; ${mixed(20_000)}; until [ -e ${shown}-all ]; do sleep 0.1; done; exit 5`,
      beyond,
    );
    await plugin.printed("begin\n");
    writeFileSync(shown, "");
    const all = `begin\n${mixedText(20_000)}`.slice(0, 50_000);
    await plugin.printed(all.slice(-100));
    writeFileSync(`${shown}-all`, "");
    const { stdout, stderr, exitCode } = await plugin.ended;
    expect(stdout.toString() === all).toBe(true);
    expect(stderr).toMatch(oneNote);
    expect(stderr).toMatch(/only the first 50,000 bytes of stdout/);
    expect(exitCode).toBe(5);
  });

  it("fetches only the rest at the end, also of much output", async () => {
    const { stdout, stderr } = await run(
      "python",
      `${mixed(30_000)}; sleep 4; ${mixed(40_000)}`,
      live,
    );
    expect(stdout.toString() === mixedText(30_000) + mixedText(40_000)).toBe(
      true,
    );
    expect(stderr).toBe("");
  });

  it("keeps what it wrote until it was killed, each byte once", async () => {
    const plugin = start(
      "wget",
      "trap 'echo cleaned up; exit' TERM; echo first; printf half; sleep 60 & wait",
      live,
    );
    await plugin.printed("half");
    plugin.kill("SIGTERM");
    const { stdout, exitCode } = await plugin.ended;
    expect(stdout.toString()).toBe("first\nhalfcleaned up\n");
    expect(exitCode).toBe(143);
  });

  it("shows the output all the same where follow-ups fail", async () => {
    await using local = await own();
    local.faults.add({
      kind: "error",
      code: "InternalServerError",
      status: 500,
      operation: "SendCommand",
      skip: 1,
      times: 2,
    });
    const { stdout, stderr } = await run(
      "curl",
      "echo one; sleep 5; echo two",
      live,
      local,
    );
    expect([stdout.toString(), stderr]).toEqual(["one\ntwo\n", ""]);
  });
});

// after all others, which run at the same time
it("leaves nothing on any node, and nothing in the bucket", () => {
  expect(leftovers(folder)).toEqual([]);
  expect(shared.s3.keysOf(bucket)).toEqual([]);
});

function leftovers(place: string): string[] {
  const left = readdirSync(place, { recursive: true, encoding: "utf8" });
  return left.filter((name) => name.includes(".rundeck-ssm-"));
}

function commentOf(input: unknown): string {
  return typeof input === "object" && input !== null && "Comment" in input
    ? String(input.Comment)
    : "";
}
