import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";

let local: LocalAws;
let node: string;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-e2e-"));

beforeAll(async () => {
  local = await startLocalAws({ nodes: 3, folder });
  node = local.instanceIds[0] ?? "";
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (command: string, more: Record<string, string> = {}) =>
  runPlugin("NodeExecutor", executorEnvironment(local, node, command, more));

describe("a command through the built plugin", () => {
  it("ends with the remote exit code, stdout and stderr apart, and nothing of ours", async () => {
    const { stdout, stderr, exitCode } = await run(
      "echo out; echo err >&2; exit 7",
    );
    expect(stdout.toString()).toBe("out\n");
    expect(stderr).toBe("err\n");
    expect(exitCode).toBe(7);
  });

  it.each([0, 1, 126, 127, 137, 143, 168, 194, 255])(
    "delivers exit code %i as it is",
    async (code) => {
      expect((await run(`exit ${code}`)).exitCode).toBe(code);
    },
  );

  it("takes no code of a killed runner for the command's, and shows what that wrote", async () => {
    const killed = "echo a; kill -KILL $PPID; sleep 60; exit 3";
    const { stdout, stderr, exitCode } = await run(killed);
    expect(stdout.toString()).toBe("a\n");
    expect(stderr).toMatch(
      /^rundeck-ssm: output-incomplete: node .* the runner ended without telling how the command ended [^\n]*\n$/,
    );
    expect(exitCode).toBe(74);
  });

  it("does not reboot the node for 194", async () => {
    await run("exit 194");
    expect(local.nodes.get(node)?.reboots ?? 0).toBe(0);
  });

  it("does not wait for a background child that keeps stdout", async () => {
    const { stdout } = await run("sleep 3600 & echo started");
    expect(stdout.toString()).toBe("started\n");
  });

  it("delivers output that SSM would cut, to the byte", async () => {
    const { stdout } = await run("seq 1 60000");
    const expected = Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`);
    expect(stdout.toString()).toBe(expected.join(""));
  });

  it("names project, execution, job and user in the comment", async () => {
    await run("true");
    const sent = local.requests.findLast(
      ({ operation }) => operation === "SendCommand",
    );
    expect(sent?.input).toMatchObject({
      Comment: expect.stringMatching(
        /^rundeck shop #42 by ada deploy \[[0-9a-f]{24}\]$/,
      ),
    });
  });

  it("leaves nothing in the node's temporary folder", async () => {
    await run("seq 1 60000 >&2; exit 3");
    expect(readdirSync(folder, { recursive: true }).join("\n")).not.toContain(
      ".rundeck-ssm-",
    );
  });

  it("stays within 14 calls in the first 10 seconds", async () => {
    const before = local.requests.length;
    const { exitCode } = await run("sleep 10");
    expect(exitCode).toBe(0);
    const [first, ...others] = local.requests.slice(before);
    const inTime = others.filter(
      ({ atMs }) => atMs < (first?.atMs ?? 0) + 10_000,
    );
    expect(1 + inTime.length).toBeLessThanOrEqual(14);
  });
});

describe("settings of a command", () => {
  it("runs where, as whom and with what the settings say", async () => {
    const { stdout } = await run('pwd; echo "$0 ${BASH_VERSION:+bash}"', {
      RD_CONFIG_SSM_WORKING_DIRECTORY: "/usr/lib",
      RD_CONFIG_SSM_SHELL: "bash",
    });
    expect(stdout.toString()).toMatch(/^\/usr\/lib\n.* bash\n$/);
  });

  it("passes the variables that are asked for, and never a secret", async () => {
    const { stdout } = await run("env | grep ^RD_ | sort", {
      RD_CONFIG_SSM_PASS_VARIABLES: "RD_OPTION_*,RD_JOB_NAME",
      RD_CONFIG_SSM_EXTERNAL_ID: "nobodys-business",
      RD_OPTION_COLOUR: 'it\'s "red" $x',
      RD_OPTION_PASSWORD: "hunter2",
      RD_SECUREOPTION_PASSWORD: "hunter2",
    });
    expect(stdout.toString()).toBe(
      'RD_JOB_NAME=deploy\nRD_OPTION_COLOUR=it\'s "red" $x\n',
    );
  });

  it("ends a command at its execution timeout, keeps what it wrote, and says which timeout", async () => {
    const { stdout, stderr, exitCode } = await run("echo before; sleep 60", {
      RD_CONFIG_SSM_EXECUTION_TIMEOUT: "5",
    });
    expect(stdout.toString()).toBe("before\n");
    expect(stderr).toMatch(/^rundeck-ssm: execution-timeout: node web-1 .*5 s/);
    expect(exitCode).toBe(124);
  });

  it("sends the bare command with ssm-runner=none", async () => {
    const { stdout, stderr, exitCode } = await run(
      "echo out; printf err >&2; exit 4",
      { RD_CONFIG_SSM_RUNNER: "none" },
    );
    expect([stdout.toString(), stderr, exitCode]).toEqual(["out\n", "err", 4]);
    const sent = local.requests.findLast(
      ({ operation }) => operation === "SendCommand",
    );
    expect(sent?.input).toMatchObject({
      Parameters: { commands: ["echo out; printf err >&2; exit 4"] },
    });
  });

  it("warns of a secure option in the command, without printing it", async () => {
    const { stderr, exitCode } = await run("true hunter2", {
      RD_PRIVATE_PASSWORD: "hunter2",
    });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^rundeck-ssm: note: .*secure option.*\n$/);
    expect(stderr).not.toContain("hunter2");
  });
});
