import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws, LocalAwsOptions } from "../../src/local/local-aws.ts";
import { bridge } from "../support/documented-policies.ts";
import { machineMs } from "../support/patience.ts";
import {
  executorEnvironment,
  runPlugin,
  startPlugin,
} from "../support/plugin.ts";
import { residentKb } from "../support/processes.ts";
import { findSidecar, workerOf } from "../support/sidecar.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-logs-"));
const group = "/rundeck/output";
let shared: LocalAws;
let turn = 0;

beforeAll(async () => {
  shared = await startLocalAws({ nodes: 20, folder, logGroup: group });
});
afterAll(async () => {
  await shared.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run on a node that nobody else uses. */
function environment(
  command: string,
  more: Record<string, string> = {},
  local = shared,
) {
  const instanceId = local.instanceIds[local === shared ? turn++ : 0] ?? "";
  return executorEnvironment(local, instanceId, command, {
    RD_CONFIG_CLOUDWATCH_LOG_GROUP: group,
    ...more,
  });
}

const start = (...args: Parameters<typeof environment>) =>
  startPlugin("NodeExecutor", environment(...args));
const run = (...args: Parameters<typeof environment>) =>
  runPlugin("NodeExecutor", environment(...args));

/** An account of its own, for what would disturb the others. */
const own = (options: LocalAwsOptions = {}) =>
  startLocalAws({ nodes: 1, folder, logGroup: group, ...options });

/** What a command waits with until the test has made a file. */
const untilThere = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;
const numbers = (last: number) =>
  Array.from({ length: last }, (_, i) => `${i + 1}\n`).join("");
const calls = (local: LocalAws, operation: string) =>
  local.requests.filter((request) => request.operation === operation);

// five at once in the one thread that the local AWS has, too, and some of them wait for the agent's seconds
describe.concurrent("output through CloudWatch Logs", () => {
  // how soon is measured by the bench, and how often we look by the tests of the pace
  it("comes while the command runs: each line before the next is written", async () => {
    const shown = path.join(folder, "shown");
    const lines = [1, 2, 3, 4];
    const plugin = start(
      `for i in ${lines.join(" ")}; do echo line $i; ${untilThere(`${shown}$i`)}; done`,
    );
    for (const line of lines) {
      await plugin.printed(`line ${line}\n`);
      writeFileSync(`${shown}${line}`, "");
    }
    const { stdout, exitCode } = await plugin.ended;
    expect(stdout.toString()).toBe(
      lines.map((line) => `line ${line}\n`).join(""),
    );
    expect(exitCode).toBe(0);
  });

  it("ends when the runner's last line has come, before SSM says so", async () => {
    // the agent's upload of a stream, which SSM waits for: seconds in truth
    await using local = await own({ timings: { logSettleMs: 3_600_000 } });
    const { stdout, stderr, exitCode } = await run(
      "echo out; echo err >&2; exit 3",
      {},
      local,
    );
    expect([stdout.toString(), stderr, exitCode]).toEqual([
      "out\n",
      "err\n",
      3,
    ]);
  });

  it("ends though SSM never hears of the end: its reply is too large to arrive", async () => {
    const { stdout, exitCode } = await run(
      "head -c 24000 /dev/zero | tr '\\0' '<'",
    );
    expect(stdout.toString()).toBe("<".repeat(24_000));
    expect(exitCode).toBe(0);
  });

  it("needs no more than the policy of Rundeck's own SSM plugin", async () => {
    await using local = await own({ strict: true });
    local.identities.add(bridge);
    const { stdout, stderr, exitCode } = await run(
      "seq 1 30000; echo err >&2; exit 3",
      {
        AWS_ACCESS_KEY_ID: bridge.accessKeyId,
        AWS_SECRET_ACCESS_KEY: bridge.secretAccessKey,
      },
      local,
    );
    expect(stdout.toString()).toBe(numbers(30_000));
    expect([stderr, exitCode]).toEqual(["err\n", 3]);
  });

  it("is seldom looked for where there is none", async () => {
    await using local = await own();
    await run("sleep 10", {}, local);
    const [first] = calls(local, "SendCommand");
    const early = local.requests.filter(
      ({ accessKeyId, atMs }) =>
        accessKeyId === "AKIALOCAL" && atMs < (first?.atMs ?? 0) + 10_000,
    );
    // half of them are for the stream that tells the end
    expect(early.length).toBeLessThanOrEqual(24);
  });

  it("shows nothing of the runner, and one line, when the node refuses the settings", async () => {
    const { stdout, stderr, exitCode } = await run("pwd", {
      RD_CONFIG_SSM_WORKING_DIRECTORY: "/no/such",
    });
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(
      /^rundeck-ssm: setting-invalid: node web-1 .*ssm-working-directory \(.*\): '\/no\/such'.*\n$/,
    );
    expect(exitCode).toBe(78);
  });

  it("keeps what a command wrote until its timeout", async () => {
    const { stdout, stderr, exitCode } = await run(
      "trap 'echo cleaned up; exit' TERM; echo before; printf half; sleep 60 & wait",
      { RD_CONFIG_SSM_EXECUTION_TIMEOUT: "5" },
    );
    expect(stdout.toString()).toBe("before\nhalfcleaned up\n");
    expect(stderr).toMatch(/^rundeck-ssm: execution-timeout: .*\n$/);
    expect(exitCode).toBe(124);
  });

  it("keeps what a command wrote until it was killed, each byte once", async () => {
    const plugin = start(
      "trap 'echo cleaned up; exit' TERM; seq 1 3000; printf half; sleep 60 & wait",
    );
    await plugin.printed("3000\n");
    plugin.kill("SIGTERM");
    const { stdout, stderr, exitCode } = await plugin.ended;
    expect(stdout.toString()).toBe(`${numbers(3_000)}halfcleaned up\n`);
    expect(stderr).toMatch(/^rundeck-ssm: cancelled: .*\n$/);
    expect(exitCode).toBe(143);
  });

  it("is shown until the runner was killed, whose code is not the command's", async () => {
    const killed = "echo a; kill -KILL $PPID; sleep 60; exit 3";
    const { stdout, stderr, exitCode } = await run(killed);
    expect(stdout.toString()).toBe("a\n");
    // the shell that the agent starts scripts by may say that one was killed
    expect(stderr).toMatch(/^(Killed\n)?rundeck-ssm: output-incomplete: .*\n$/);
    expect(exitCode).toBe(74);
  });

  it("is read to the end without the runner, too", async () => {
    const { stdout, stderr, exitCode } = await run(
      "seq 1 20000; echo oops >&2; exit 4",
      { RD_CONFIG_SSM_RUNNER: "none" },
    );
    expect(stdout.toString()).toBe(numbers(20_000));
    expect([stderr, exitCode]).toEqual(["oops\n", 4]);
  });

  it("waits for a reader that is slow, and loses nothing", async () => {
    const plugin = start("seq 1 700000");
    plugin.pauseOutput();
    await delay(4_000);
    plugin.resumeOutput();
    const { stdout, exitCode } = await plugin.ended;
    expect(stdout.toString() === numbers(700_000)).toBe(true);
    expect(exitCode).toBe(0);
  });

  it("cancels also while nobody takes the output", async () => {
    await using local = await own();
    const plugin = start("seq 1 700000; sleep 60", {}, local);
    plugin.pauseOutput();
    await until(() => calls(local, "GetLogEvents").length > 6);
    const killedAt = performance.now();
    plugin.kill("SIGTERM");
    await until(() => calls(local, "CancelCommand").length > 0);
    expect(performance.now() - killedAt).toBeLessThan(machineMs);
    plugin.closeOutput();
    await plugin.ended;
  });

  it("ends quietly, and ends the command, when nobody reads any longer", async () => {
    await using local = await own();
    const plugin = start(
      "while :; do echo line; sleep 0.1; done",
      { RD_CONFIG_SSM_EXECUTION_TIMEOUT: "60" },
      local,
    );
    await plugin.printed("line");
    plugin.closeOutput();
    const { exitCode } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(calls(local, "CancelCommand")).toHaveLength(1);
  });

  it("takes no more memory for more output", async () => {
    const plugin = start("seq 1 4000000");
    let peakKb = 0;
    const watch = setInterval(() => {
      peakKb = Math.max(peakKb, residentKb(workerOf(plugin)));
    }, 50);
    const { stdout, exitCode } = await plugin.ended;
    clearInterval(watch);
    expect(exitCode).toBe(0);
    expect(stdout.length).toBe(30_888_896);
    expect(peakKb).toBeGreaterThan(20_000);
    // a sidecar has the other tests' runs, too
    expect(peakKb).toBeLessThan(findSidecar() ? 220_000 : 150_000);
  });
});

describe.concurrent("output that does not come through CloudWatch Logs", () => {
  const oneNote = /^rundeck-ssm: note: [^\n]*\n$/;

  it("comes through SSM where the node may not make the group, and the note says why", async () => {
    await using local = await own();
    local.faults.deniedActions.add("logs:CreateLogGroup");
    const { stdout, stderr, exitCode } = await run(
      "seq 1 30000; exit 6",
      { RD_CONFIG_CLOUDWATCH_LOG_GROUP: "no-such" },
      local,
    );
    expect(stdout.toString()).toBe(numbers(30_000));
    expect(stderr).toMatch(oneNote);
    expect(stderr).toMatch(/log group no-such.*logs:PutLogEvents/);
    expect(exitCode).toBe(6);
  });

  it("comes through SSM where the node may not write to the group", async () => {
    await using local = await own({ timings: { logStuckMs: 1_000 } });
    local.faults.deniedActions.add("logs:PutLogEvents");
    const { stdout, stderr, exitCode } = await run("seq 1 30000", {}, local);
    expect(stdout.toString()).toBe(numbers(30_000));
    expect(stderr).toMatch(oneNote);
    expect(exitCode).toBe(0);
  });

  it("comes through SSM where we may not read the group", async () => {
    await using local = await own();
    local.faults.deniedActions.add("logs:GetLogEvents");
    const { stdout, stderr, exitCode } = await run(
      "seq 1 30000; exit 7",
      {},
      local,
    );
    expect(stdout.toString()).toBe(numbers(30_000));
    expect(stderr).toMatch(oneNote);
    expect(stderr).toMatch(/denied logs:GetLogEvents/);
    expect(exitCode).toBe(7);
  });

  it("comes through SSM where CloudWatch Logs cannot be reached", async () => {
    await using local = await own();
    const { stdout, stderr, exitCode } = await run(
      "seq 1 30000",
      { RD_CONFIG_LOGS_ENDPOINT_URL: "http://127.0.0.1:9" },
      local,
    );
    expect(stdout.toString()).toBe(numbers(30_000));
    expect(stderr).toMatch(oneNote);
    expect(stderr).toContain("127.0.0.1:9 refuses connections");
    expect(exitCode).toBe(0);
  });

  it("goes on where CloudWatch Logs stopped in the middle, each byte once", async () => {
    await using local = await own({ timings: { logStuckMs: 1_000 } });
    const goOn = path.join(folder, "stopped");
    const plugin = start(
      `seq 1 5000; ${untilThere(goOn)}; seq 5001 30000`,
      {},
      local,
    );
    await plugin.printed("5000\n");
    local.faults.deniedActions.add("logs:PutLogEvents");
    writeFileSync(goOn, "");
    const { stdout, stderr } = await plugin.ended;
    expect(stdout.toString()).toBe(numbers(30_000));
    expect(stderr).toMatch(oneNote);
    expect(stderr).toContain("a part of the output");
  });

  it("goes on where CloudWatch Logs stopped in the middle without the runner, too", async () => {
    await using local = await own({ timings: { logStuckMs: 1_000 } });
    const plugin = start(
      "echo one; sleep 3; echo two; echo oops >&2",
      { RD_CONFIG_SSM_RUNNER: "none" },
      local,
    );
    await plugin.printed("one");
    local.faults.deniedActions.add("logs:PutLogEvents");
    const { stdout, stderr } = await plugin.ended;
    expect(stdout.toString()).toBe("one\ntwo\n");
    expect(stderr).toMatch(
      /^oops\nrundeck-ssm: note: [^\n]*a part of the output[^\n]*\n$/,
    );
  });

  it("is waited for as long as log-retrieve-delay allows", async () => {
    await using local = await own();
    local.logs.visibleAfterMs = 7_000;
    const { stdout, stderr, exitCode } = await run(
      "seq 1 30000; exit 8",
      { RD_CONFIG_LOG_RETRIEVE_DELAY: "10" },
      local,
    );
    expect(stdout.toString()).toBe(numbers(30_000));
    expect([stderr, exitCode]).toEqual(["", 8]);
    expect(calls(local, "SendCommand")).toHaveLength(1);
  });

  it("is waited for while AWS throttles", async () => {
    await using local = await own();
    local.faults.throttle("GetLogEvents", 8);
    const { stdout, stderr, exitCode } = await run("seq 1 30000", {}, local);
    expect(stdout.toString()).toBe(numbers(30_000));
    expect([stderr, exitCode]).toEqual(["", 0]);
  });

  it("is told to be incomplete rather than shown as whole", async () => {
    await using local = await own();
    local.faults.deniedActions.add("logs:GetLogEvents");
    const goOn = path.join(folder, "denied");
    const plugin = start(`seq 1 30000; ${untilThere(goOn)}`, {}, local);
    await until(() => calls(local, "GetLogEvents").length > 1);
    // what the agent kept is gone with the follow-up's permission
    local.faults.deniedActions.add("ssm:SendCommand");
    writeFileSync(goOn, "");
    const { stderr, exitCode } = await plugin.ended;
    expect(stderr).toMatch(/rundeck-ssm: access-denied: [^\n]*\n$/);
    expect(exitCode).toBe(77);
  });
});

// after all others, which run at the same time
it("leaves nothing on any node", () => {
  const left = readdirSync(folder, { recursive: true, encoding: "utf8" });
  expect(left.filter((name) => name.includes(".rundeck-ssm-"))).toEqual([]);
});

// not by `expect`, which knows no test of those that run at once
const until = (condition: () => boolean) =>
  vi.waitUntil(condition, { timeout: 60_000 });
