import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { machineMs } from "../support/patience.ts";
import { executorEnvironment, startPlugin } from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";
import { isAlive } from "../support/sidecar.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-kill-"));

beforeAll(async () => {
  local = await startLocalAws({ nodes: 5, folder, bucket: "output" });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (
  nodeIndex: number,
  command: string,
  more: Record<string, string> = {},
) =>
  startPlugin(
    "NodeExecutor",
    executorEnvironment(
      local,
      local.instanceIds[nodeIndex] ?? "",
      command,
      more,
    ),
  );

/** Waits until AWS has seen an operation on the node. */
async function seen(operation: string, nodeIndex: number): Promise<void> {
  const id = local.instanceIds[nodeIndex] ?? "";
  const found = () =>
    local.requests.some(
      (request) =>
        request.operation === operation &&
        JSON.stringify(request.input).includes(id),
    );
  await expect.poll(found, { message: `${operation} for ${id}` }).toBe(true);
}

/** Waits until the node runs so many processes that the command has marked. */
const begun = (mark: string, count: number) =>
  expect.poll(() => pidsWith(mark)).toHaveLength(count);

const leftovers = () =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.includes(".rundeck-ssm-"),
  );

describe("a job that Rundeck kills", () => {
  it("says so where the command has ended, and nobody takes its output", async () => {
    const plugin = start(0, "echo first; yes | head -c 5000000; exit 3", {
      RD_CONFIG_SSM_OUTPUT_BUCKET: "output",
    });
    await plugin.printed("first");
    plugin.pauseOutput();
    plugin.kill("SIGTERM");
    await expect
      .poll(() => isAlive(plugin.pid), { timeout: 15_000 + machineMs })
      .toBe(false);
    plugin.resumeOutput();
    const { exitCode, stdout, stderr } = await plugin.ended;
    expect([exitCode, stderr]).toEqual([
      143,
      expect.stringMatching(
        /^rundeck-ssm: cancelled: node web-1: killed by Rundeck before all of the output was shown; the command had ended with 3; command \S+\n$/,
      ),
    ]);
    expect(stdout.length).toBeLessThan(5_000_000);
  });

  it("gives the command TERM first, ends its whole tree, and keeps what it wrote", async () => {
    const mark = `MARK=kill-tree-${process.pid}`;
    const plugin = start(
      0,
      `export ${mark}; trap 'echo cleaned up; exit 9' TERM; echo started; setsid sleep 300 & sleep 300 & wait`,
    );
    await begun(mark, 2);
    plugin.kill("SIGTERM");
    const { stdout, stderr, exitCode } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(stdout.toString()).toBe("started\ncleaned up\n");
    expect(stderr).toMatch(/^rundeck-ssm: cancelled: node web-1 .*\n$/);
    expect(pidsWith(mark)).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it("shows nothing twice that a bucket has already brought", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i + 1}\n`);
    const plugin = start(4, "seq 30000; exit 7", {
      RD_CONFIG_SSM_OUTPUT_BUCKET: "output",
      RD_CONFIG_SSM_OUTPUT_LIMIT: "1000",
    });
    await plugin.printed("\n30000\n");
    // what may be left to do is to see that it was all, and to remove the command's files from the node
    plugin.kill("SIGTERM");
    const { stdout, stderr, exitCode } = await plugin.ended;
    expect([
      [7, expect.stringMatching(/^$/)],
      [143, expect.stringMatching(/^rundeck-ssm: cancelled: node web-1 .*\n$/)],
    ]).toContainEqual([exitCode, stderr]);
    expect(stdout.toString()).toBe(lines.join(""));
    expect(leftovers()).toEqual([]);
  });

  it("asks AWS to cancel at once, also while AWS is silent about the command", async () => {
    await using own = await startLocalAws({ nodes: 1 });
    const [id = ""] = own.instanceIds;
    const plugin = startPlugin(
      "NodeExecutor",
      executorEnvironment(own, id, "sleep 300"),
    );
    const made = (operation: string) =>
      own.requests.filter((request) => request.operation === operation).length;
    await expect.poll(() => made("GetCommandInvocation")).toBeGreaterThan(0);
    for (const operation of ["GetCommandInvocation", "ListCommandInvocations"])
      own.faults.add({ kind: "silent", when: "before", operation, times: 1 });
    const looks = () =>
      made("GetCommandInvocation") + made("ListCommandInvocations");
    const before = looks();
    await expect.poll(looks).toBeGreaterThan(before);
    const killedAt = performance.now();
    plugin.kill("SIGTERM");
    await expect.poll(() => made("CancelCommand")).toBe(1);
    // an answer is given up after 20 s
    expect(performance.now() - killedAt).toBeLessThan(machineMs);
    expect((await plugin.ended).exitCode).toBe(143);
  });

  it("leaves nothing running when the kill comes before the send has answered", async () => {
    const mark = `MARK=kill-early-${process.pid}`;
    local.faults.add({
      kind: "delay",
      ms: 1_500,
      operation: "SendCommand",
      instanceId: local.instanceIds[2] ?? "",
      times: 1,
    });
    const plugin = start(2, `export ${mark}; sleep 300`);
    await seen("SendCommand", 2);
    plugin.kill("SIGTERM");
    expect((await plugin.ended).exitCode).toBe(143);
    expect(pidsWith(mark)).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it("ends the command also where ssm:CancelCommand is denied", async () => {
    const mark = `MARK=kill-denied-${process.pid}`;
    local.faults.deniedActions.add("ssm:CancelCommand");
    const plugin = start(3, `export ${mark}; echo started; sleep 300`);
    await begun(mark, 1);
    plugin.kill("SIGTERM");
    const { stdout, exitCode } = await plugin.ended;
    local.faults.deniedActions.clear();
    expect(exitCode).toBe(143);
    expect(stdout.toString()).toBe("started\n");
    expect(pidsWith(mark)).toEqual([]);
  });

  it("cancels and ends quietly when nobody reads its output any longer", async () => {
    const mark = `MARK=kill-pipe-${process.pid}`;
    const plugin = start(1, `export ${mark}; sleep 2; echo x; sleep 300`, {
      RD_CONFIG_SSM_EXECUTION_TIMEOUT: "5",
    });
    plugin.closeOutput();
    const { exitCode } = await plugin.ended;
    expect(exitCode).not.toBe(70);
    expect(pidsWith(mark)).toEqual([]);
  });
});
