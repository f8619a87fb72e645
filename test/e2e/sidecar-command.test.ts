import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  inject,
  it,
} from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { executorEnvironment, startPlugin } from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";
import { endSidecar, isAlive, theSidecar } from "../support/sidecar.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-sidecar-command-"));

beforeAll(async () => {
  local = await startLocalAws({ nodes: 1, folder });
});
afterEach(() => endSidecar());
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(command: string, more = {}) {
  const id = local.instanceIds[0] ?? "";
  const environment = executorEnvironment(local, id, command, {
    RUNDECK_SSM_SIDECAR: "auto",
    ...more,
  });
  return startPlugin("NodeExecutor", environment);
}

const run = (command: string, more = {}) => start(command, more).ended;

/** `rundeck-ssm sidecar …`, of the sidecar of this very test: its server is this process. */
function ask(...words: string[]) {
  const script = path.join(inject("build").contents, "rundeck-ssm");
  const server = ["--server", String(process.pid)];
  return new Promise<{ stdout: string; stderr: string; exitCode: number }>(
    (resolve) => {
      const child = execFile(
        "/bin/bash",
        [script, "sidecar", ...words, ...server],
        (_, stdout, stderr) =>
          resolve({ stdout, stderr, exitCode: child.exitCode ?? -1 }),
      );
    },
  );
}

/** A command that runs until it is told to go on. */
async function hold(mark: string) {
  const file = path.join(folder, `go-${mark}`);
  const plugin = start(
    `export MARK=${mark}; while ! [ -e ${file} ]; do sleep 0.1; done; echo end; exit 3`,
  );
  while (pidsWith(`MARK=${mark}`).length === 0) await plugin.passed(20);
  return { plugin, go: () => run(`touch ${file}`) };
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(20);
}

describe("where no sidecar runs", () => {
  it("each command says so, and that is no failure", async () => {
    for (const verb of ["status", "stop", "metrics"])
      expect(await ask(verb)).toEqual({
        stdout: "",
        stderr: "no sidecar is running; the next execution starts one\n",
        exitCode: 0,
      });
    expect(await ask("status", "--json")).toEqual({
      stdout: "[]\n",
      stderr: "",
      exitCode: 0,
    });
  });

  it("a wrong word is refused", async () => {
    for (const words of [[], ["start"], ["stop", "--json"], ["stop", "now"]])
      expect(await ask(...words)).toMatchObject({
        stdout: "",
        stderr: expect.stringMatching(/^rundeck-ssm: setting-missing: .*\n$/),
        exitCode: 78,
      });
  });
});

describe("a sidecar in the middle of a run", () => {
  it("tells of it as JSON, as a table, and as metrics", async () => {
    await run("true", { RD_OPTION_SECRET: "hidden-value" });
    const { plugin, go } = await hold("sidecar-status");
    const json = await ask("status", "--json");
    const table = await ask("status");
    const metrics = await ask("metrics");
    await go();
    await plugin.ended;
    expect([json.stderr, json.exitCode]).toEqual(["", 0]);
    expect(JSON.parse(json.stdout)).toEqual([
      expect.objectContaining({
        state: "answers",
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        pid: theSidecar().pid,
        serverPid: process.pid,
        runs: { running: 1, done: 1, killed: 0, direct: 0 },
        projects: [
          { project: "shop", running: 1, done: 1, killed: 0, direct: 0 },
        ],
        nodes: 1,
        identities: 1,
        calls: expect.arrayContaining([
          { action: "ssm:SendCommand", asked: 2, made: 2 },
        ]),
      }),
    ]);
    expect(table.exitCode).toBe(0);
    expect(table.stdout).toMatch(
      /^ {2}1 execution running on 1 node · 1 done/m,
    );
    // no terminal, no colours
    expect(table.stdout).not.toContain("\u001b");
    expect(metrics.stdout).toContain(
      `rundeck_ssm_executions_running{server_pid="${process.pid}",project="shop"} 1\n`,
    );
    const { clientToken, serverToken } = theSidecar();
    const all = json.stdout + table.stdout + metrics.stdout;
    for (const secret of [clientToken, serverToken, "AKIA", "local-secret"])
      expect(all).not.toContain(secret);
  });

  it("counts a kill as a kill", async () => {
    const { plugin } = await hold("sidecar-kill");
    plugin.kill("SIGTERM");
    await plugin.ended;
    const { stdout } = await ask("status", "--json");
    expect(JSON.parse(stdout)).toMatchObject([
      { runs: { running: 0, done: 0, killed: 1 }, nodes: 0 },
    ]);
  });

  it("stops after it, and another one takes what comes", async () => {
    const { plugin, go } = await hold("sidecar-stop");
    const { pid } = theSidecar();
    const { stdout, exitCode } = await ask("stop");
    expect(stdout).toBe(
      `sidecar ${pid} of server ${process.pid} ends after the execution that is under way, and takes no more\n`,
    );
    expect(exitCode).toBe(0);
    expect(isAlive(pid)).toBe(true);
    await go();
    expect(theSidecar().pid).not.toBe(pid);
    const ended = await plugin.ended;
    expect([ended.stdout.toString(), ended.stderr, ended.exitCode]).toEqual([
      "end\n",
      "",
      3,
    ]);
    await gone(pid);
  });
});

it("a sidecar that nobody uses stops at once", async () => {
  await run("true");
  const { pid } = theSidecar();
  const { stdout, exitCode } = await ask("stop");
  expect([stdout, exitCode]).toEqual([
    `sidecar ${pid} of server ${process.pid} ends\n`,
    0,
  ]);
  await gone(pid);
});

it("a sidecar that is stopped by a signal is told of, and not waited for", async () => {
  await run("true");
  const { pid } = theSidecar();
  process.kill(pid, "SIGSTOP");
  const [table, json, stop] = [
    await ask("status"),
    await ask("status", "--json"),
    await ask("stop"),
  ];
  process.kill(pid, "SIGCONT");
  expect(table.stdout).toMatch(
    new RegExp(`^Sidecar ${pid} of server ${process.pid} is stopped: `),
  );
  expect([table.exitCode, json.exitCode]).toEqual([0, 0]);
  expect(JSON.parse(json.stdout)).toEqual([
    { state: "stopped", pid, serverPid: process.pid },
  ]);
  expect(stop).toMatchObject({
    stdout: "",
    stderr: expect.stringMatching(
      new RegExp(
        `^rundeck-ssm: sidecar-silent: no answer from sidecar ${pid} [^\n]+\n$`,
      ),
    ),
    exitCode: 75,
  });
});

describe("the file that ssm-metrics-file names", () => {
  it("has the metrics from the first execution on, and the last word at the end", async () => {
    const named = path.join(folder, "ssm-%p.prom");
    await run("true", { RD_CONFIG_SSM_METRICS_FILE: named });
    const file = path.join(folder, `ssm-${process.pid}.prom`);
    const label = `{server_pid="${process.pid}"`;
    expect(readFileSync(file, "utf8")).toContain(
      `rundeck_ssm_sidecar_up${label}} 1\n`,
    );
    const { pid } = theSidecar();
    await ask("stop");
    await gone(pid);
    const last = readFileSync(file, "utf8");
    expect(last).toContain(`rundeck_ssm_sidecar_up${label}} 0\n`);
    expect(last).toContain(
      `rundeck_ssm_executions_total${label},project="shop",end="done"} 1\n`,
    );
    expect(last).not.toContain("AKIA");
  });

  it("is one note where it can't be written, whoever names it again", async () => {
    const more = { RD_CONFIG_SSM_METRICS_FILE: "/nonexistent/ssm.prom" };
    const first = await run("echo 1", more);
    const second = await run("echo 2", more);
    expect(first.stderr).toMatch(
      /^rundeck-ssm: note: [^\n]*ssm-metrics-file[^\n]*"\/nonexistent\/ssm\.prom"[^\n]*: ENOENT\n$/,
    );
    expect([first.exitCode, second.stderr]).toEqual([0, ""]);
  });

  it("can't be named by a node, nor be of another kind", async () => {
    const file = path.join(folder, "node.prom");
    await run("true", { RD_NODE_SSM_METRICS_FILE: file });
    expect(readdirSync(folder)).not.toContain("node.prom");
    const { exitCode, stderr } = await run("true", {
      RD_CONFIG_SSM_METRICS_FILE: "/root/.ssh/authorized_keys",
    });
    expect(exitCode).toBe(78);
    expect(stderr).toContain("it must be an absolute path that ends in .prom");
  });
});
