import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import {
  composePoll,
  composeRecover,
  composeRunner,
  composeStop,
} from "../../../src/command/runner/compose.ts";
import { readLeft } from "../../../src/command/runner/report.ts";
import { readPoll } from "../../../src/output/packed.ts";
import { findShell, instanceId, openNode } from "../../support/agent.ts";
import type { Node, NodeShell } from "../../support/agent.ts";
import { collectWhole, request } from "../../support/runner.ts";

const shells = (["dash", "bash", "busybox"] as NodeShell[]).filter((shell) =>
  findShell(shell),
);

describe.concurrent.each(shells)("on a node whose sh is %s", (shell) => {
  test.for([
    ["as an older version wrote it", (pid: number) => `${pid}\n`],
    ["of another start", (pid: number) => `${pid} 1 ${pid} S 5 ${boot()}\n`],
    [
      "of another boot",
      (pid: number) => `${pid} 1 ${pid} S ${start(pid)} 0000\n`,
    ],
  ] as const)(
    "a number %s is no reason to signal",
    async ([, note], { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const { runId } = request("");
      const bystander = spawn("sleep", ["300"], { detached: true });
      onTestFinished(() => void bystander.kill("SIGKILL"));
      const spool = join(node.temporary, `.rundeck-ssm-${runId}-${instanceId}`);
      mkdirSync(spool, { mode: 0o700 });
      writeFileSync(join(spool, "pid"), note(bystander.pid ?? 0));
      writeFileSync(join(spool, "out"), "so far\n");
      writeFileSync(join(spool, "err"), "");
      const stop = composeStop({ runId, platform: "unix", graceSeconds: 1 });
      await node.run(stop);
      writeFileSync(join(spool, "pid"), note(bystander.pid ?? 0));
      const recovered = await node.run(recover(runId));
      const { captured } = await collectWhole(node, runId, recovered);
      expect(captured.stdout.toString()).toBe("so far\n");
      expect(bystander.signalCode).toBeNull();
      expect(alive(bystander.pid ?? 0)).toBe(true);
    },
  );

  test.for(["link", "folder of another"])(
    "a %s in the place of the private folder is not followed",
    async (kind, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const { runId } = request("");
      const foreign = mkdtempSync(join(node.temporary, "foreign-"));
      const ran = join(node.temporary, "ran");
      writeFileSync(join(foreign, "result"), `: >'${ran}'\n`);
      writeFileSync(join(foreign, "out"), "forged\n");
      writeFileSync(join(foreign, "err"), "");
      const spool = join(node.temporary, `.rundeck-ssm-${runId}-${instanceId}`);
      if (kind === "link") symlinkSync(foreign, spool);
      else {
        mkdirSync(spool);
        writeFileSync(join(spool, "out"), "forged\n");
        await node.run(`chown 65534 '${spool}'`);
      }
      const { stdout } = await node.run(recover(runId));
      expect(stdout.toString()).toBe(`[rundeck-ssm ${runId} gone]\n`);
      expect(readdirSync(node.temporary)).not.toContain("ran");
      expect(readdirSync(foreign)).toContain("out");
    },
  );

  test("a command that has not been noted yet ends all the same", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const { runId } = request("");
    const spool = join(node.temporary, `.rundeck-ssm-${runId}-${instanceId}`);
    mkdirSync(spool, { mode: 0o700 });
    const env = { ...process.env, RUNDECK_SSM_RUN: `${runId}-${instanceId}` };
    const started = spawn("sleep", ["300"], { detached: true, env });
    const signal = new Promise((resolve) => {
      started.once("exit", (_code, by) => resolve(by));
    });
    await node.run(recover(runId));
    expect(await signal).toBe("SIGTERM");
    expect(node.leftovers()).toEqual([]);
  });

  test("a noted result is read, and never run", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const { runId } = request("");
    const spool = join(node.temporary, `.rundeck-ssm-${runId}-${instanceId}`);
    mkdirSync(spool, { mode: 0o700 });
    writeFileSync(join(spool, "out"), "abc\n");
    writeFileSync(join(spool, "err"), "");
    writeFileSync(join(spool, "result"), "code=$(touch $TMPDIR/ran) 1 1\n");
    const { stdout } = await node.run(recover(runId));
    expect(stdout.toString()).toMatch(/^abc\n.* exit=0 .*note=recovered\]\n$/);
    expect(node.leftovers()).toEqual([]);
  });

  test("a runner that was killed behind its mark leaves no mark in the output", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const { runId } = request("");
    const spool = join(node.temporary, `.rundeck-ssm-${runId}-${instanceId}`);
    mkdirSync(spool, { mode: 0o700 });
    writeFileSync(join(spool, "out"), `abc\n\nend-${runId}\nlate noise`);
    writeFileSync(join(spool, "err"), `no newline\nend-${runId}\n`);
    writeFileSync(join(spool, "over"), "");
    const recovered = await node.run(recover(runId));
    const { captured } = await collectWhole(node, runId, recovered);
    expect(captured.stdout.toString()).toBe("abc\n");
    expect(captured.stderr.toString()).toBe("no newline");
  });

  test.for([
    "setsid env -i sleep 300 >/dev/null 2>&1 &",
    "setsid env -i sh -c 'sleep 300 & sleep 0.1' & wait $!;",
    "env -i setsid sh -c 'trap \"\" TERM; while :; do sleep 0.2; done' >/dev/null 2>&1 &",
  ])(
    "a child that left everything behind ends too: %s",
    async (child, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const folder = mkdtempSync(join(node.temporary, "work-"));
      const wanted = request(`cd '${folder}'; ${child} echo up; sleep 300`, {
        graceSeconds: 1,
      });
      const script = node.start(composeRunner(wanted));
      await pollUntil(node, wanted.runId, "up");
      expect(pidsIn(folder).length).toBeGreaterThan(1);
      const stop = composeStop({ ...wanted, platform: "unix" });
      const { stdout } = await node.run(stop);
      expect(readLeft(stdout.toString(), wanted.runId)).toBe(false);
      const ended = await script.ended;
      const { report } = await collectWhole(node, wanted.runId, ended);
      expect(report).not.toHaveProperty("left");
      await expect.poll(() => pidsIn(folder)).toEqual([]);
    },
  );
});

function boot(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function start(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1] ?? "";
  return stat.split(" ")[19] ?? "";
}

function alive(pid: number): boolean {
  return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** Processes that work in a folder: neither environment nor session has to be the command's. */
function pidsIn(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false; // it has ended meanwhile
      }
    });
}

function recover(runId: string): string {
  return composeRecover({
    runId,
    platform: "unix",
    graceSeconds: 1,
    maxBytes: 8_000_000,
  });
}

async function pollUntil(node: Node, runId: string, text: string) {
  const poll = composePoll({
    runId,
    platform: "unix",
    stdoutFrom: 0,
    stderrFrom: 0,
    waitSeconds: 5,
    maxBytes: 8_000_000,
  });
  for (let attempt = 0; attempt < 40; attempt++) {
    const { stdout } = await node.run(poll);
    const news = readPoll(stdout.toString(), runId);
    if (news?.kind === "news" && news.captured.stdout.includes(text)) return;
  }
  throw new Error(`no ${text} came`);
}
