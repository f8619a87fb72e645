import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { composeRunner } from "../../../src/command/runner/compose.ts";
import { parseReport } from "../../../src/command/runner/report.ts";
import type { RunnerRequest } from "../../../src/command/runner/request.ts";
import { findShell, instanceId, openNode } from "../../support/agent.ts";
import type { Node, NodeShell } from "../../support/agent.ts";
import { collectWhole, request } from "../../support/runner.ts";

const shells = (["dash", "bash", "busybox"] as NodeShell[]).filter((shell) =>
  findShell(shell),
);

describe.concurrent.each(shells)("on a node whose sh is %s", (shell) => {
  test("a full disk: what was kept comes, with the exit code, and is said to be incomplete", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request(
      "head -c 400000 /dev/zero | tr '\\0' a; echo e >&2; exit 9",
    );
    // a limit that the collectors cannot lift is to them what a full disk is
    const { report, captured } = await runBehind(node, "ulimit -f 64", wanted);
    expect(report).toMatchObject({
      ending: { kind: "exited", exitCode: 9 },
      incomplete: true,
      cut: [],
    });
    expect(captured.stdout.toString()).toMatch(/^a{32768,65536}$/);
    expect(captured.stderr.toString()).toBe("e\n");
    expect(node.leftovers()).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0).for([false, true])(
    "a disk that is full is called full, and named (live: %s)",
    async (live, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const small = mkdtempSync("/tmp/small-");
      const options = ["-t", "tmpfs", "-o", "size=40m", "none", small];
      const mounted = spawnSync("mount", options);
      onTestFinished(() => {
        spawnSync("umount", ["-l", small]);
        rmdirSync(small);
      });
      if (mounted.status !== 0) return; // not in this container
      node.env["TMPDIR"] = small;
      const wanted = request(
        "head -c 36000000 /dev/zero >$TMPDIR/filled; head -c 9000000 /dev/zero; exit 9",
        {
          maxBytes: 100_000_000,
          live,
        },
      );
      const { ended } = await runBehind(node, "", wanted);
      const report = parseReport(ended.stdout.toString(), wanted.runId);
      expect(report).toMatchObject({
        ending: { kind: "exited", exitCode: 9 },
        incomplete: true,
        diskFull: { folder: small },
      });
    },
  );

  test("a collector that was stopped for a while loses nothing", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request(
      'echo first; while [ ! -e "$TMPDIR/go" ]; do sleep 0.05; done; rm "$TMPDIR/go"; echo last; exit 6',
    );
    const script = node.start(composeRunner(wanted));
    const spool = join(
      node.temporary,
      `.rundeck-ssm-${wanted.runId}-${instanceId}`,
    );
    await expect.poll(() => keeps(spool, "first\n")).toBe(true);
    collectorsOf(spool).forEach((pid) => process.kill(pid, "SIGSTOP"));
    await node.run(': >"$TMPDIR/go"');
    // it has ended, and its runner waits
    await expect.poll(() => existsSync(join(spool, "over"))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // what used to be its patience, twice
    collectorsOf(spool).forEach((pid) => process.kill(pid, "SIGCONT"));
    const ended = await script.ended;
    const { report, captured } = await collectWhole(node, wanted.runId, ended);
    expect(captured.stdout.toString()).toBe("first\nlast\n");
    expect(report).toMatchObject({
      ending: { exitCode: 6 },
      incomplete: false,
    });
  });

  test("a collector that died is told of, and not as a full disk", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request(
      'echo first; while [ ! -e "$TMPDIR/go" ]; do sleep 0.05; done; rm "$TMPDIR/go"; exit 6',
    );
    const script = node.start(composeRunner(wanted));
    const spool = join(
      node.temporary,
      `.rundeck-ssm-${wanted.runId}-${instanceId}`,
    );
    await expect.poll(() => keeps(spool, "first\n")).toBe(true);
    // as if the dead were not dead yet: what the runner writes into the pipe goes to somebody who does not read it
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    const holders = ["1", "2"].map((pipe) =>
      openSync(join(spool, pipe), flags),
    );
    onTestFinished(() => holders.forEach((fd) => closeSync(fd)));
    collectorsOf(spool).forEach((pid) => process.kill(pid, "SIGKILL"));
    await node.run(': >"$TMPDIR/go"');
    const ended = await script.ended;
    const { report } = await collectWhole(node, wanted.runId, ended);
    expect(report).toMatchObject({
      ending: { exitCode: 6 },
      incomplete: true,
    });
    expect(report).not.toHaveProperty("diskFull");
  });

  test("no room anywhere is refused, and nothing runs", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request('echo ran >"$TMPDIR/ran"');
    const { report, captured } = await runBehind(
      node,
      "df() { printf '%s\\n' h 'x 1 1 100 1 /'; }",
      wanted,
    );
    expect(report).toEqual({ kind: "refused", reason: "no-room" });
    expect(captured.stderr.toString()).toContain("ssm-runner=none");
    expect(node.leftovers()).toEqual([]);
  });

  test("a TMPDIR that cannot be used is passed over", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request('readlink -f "${0%/*}"');
    const { captured } = await runBehind(node, "TMPDIR=/proc/no", wanted);
    const spool = captured.stdout.toString().trim();
    expect(spool).toMatch(/^\/(var\/tmp|tmp|dev\/shm|run)\/\.rundeck-ssm-/);
    expect(existsSync(spool)).toBe(false);
  });

  test("only the private files that nobody came for are cleaned up", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const base = join(node.temporary, "with 'a space");
    const old = new Date(Date.now() - 13 * 3600 * 1000);
    const make = (name: string, file: string, text: string, at: Date) => {
      mkdirSync(join(base, name), { recursive: true });
      writeFileSync(join(base, name, file), `${text}\n`);
      utimesSync(join(base, name), at, at);
    };
    const dead = "4194305 1 4194305 S 1"; // above any pid
    // what the runner notes of a process: number, parent, group, state, start, boot
    const stat = readFileSync("/proc/self/stat", "utf8").split(") ")[1] ?? "";
    const start = stat.split(" ")[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    const self = `${process.pid} 1 ${process.pid} S`;
    make(".rundeck-ssm-forgotten", "pack", dead, old);
    make(".rundeck-ssm-dead", "pid", dead, old);
    make(".rundeck-ssm-running", "pid", `${self} ${start} ${boot.trim()}`, old);
    // the number is another process's by now, after a reboot or not
    make(
      ".rundeck-ssm-stale1",
      "pid",
      `${self} ${start} ${"0".repeat(36)}`,
      old,
    );
    make(".rundeck-ssm-stale2", "pid", `${self} 1 ${boot.trim()}`, old);
    make(".rundeck-ssm-stale3", "pid", String(process.pid), old);
    make(".rundeck-ssm-recent", "pack", dead, new Date());
    make("somebody's", "pack", dead, old);
    make(`.rundeck-ssm-x ${node.temporary}`, "pid", dead, new Date());
    const before = readdirSync(base);
    const wanted = request("echo ok");
    const { captured } = await runBehind(
      node,
      'TMPDIR="$TMPDIR/with \'a space"',
      wanted,
    );
    expect(captured.stdout.toString()).toBe("ok\n");
    expect(readdirSync(base)).toEqual(
      before.filter((name) => !/forgotten|dead|stale/.test(name)),
    );
  });
});

/** Runs it with a line before the runner's text that makes the node another one. */
async function runBehind(node: Node, line: string, wanted: RunnerRequest) {
  const ended = await node.run(`${line}\n${composeRunner(wanted)}`);
  return collectWhole(node, wanted.runId, ended);
}

function keeps(spool: string, text: string): boolean {
  const path = join(spool, "out");
  return existsSync(path) && readFileSync(path, "utf8") === text;
}

/** The shells and their cat that read the command's pipes. */
function collectorsOf(spool: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stdin = readlinkSync(`/proc/${pid}/fd/0`);
        return [`${spool}/1`, `${spool}/2`].includes(stdin);
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}
