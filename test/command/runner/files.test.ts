import {
  existsSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { composeRunner } from "../../../src/command/runner/compose.ts";
import type { RunnerRequest } from "../../../src/command/runner/request.ts";
import { findShell, openNode } from "../../support/agent.ts";
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

  test("no room anywhere is refused, and nothing runs", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request('echo ran >"$TMPDIR/ran"');
    const { report, captured } = await runBehind(node, "df() { :; }", wanted);
    expect(report).toEqual({ kind: "refused", reason: "no-room" });
    expect(captured.stderr.toString()).toContain("ssm-runner=none");
    expect(node.leftovers()).toEqual([]);
  });

  test("a TMPDIR that cannot be used is passed over", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const wanted = request('dirname "$0"');
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
    const make = (name: string, file: string, pid: number, at: Date) => {
      mkdirSync(join(base, name), { recursive: true });
      writeFileSync(join(base, name, file), `${pid}\n`);
      utimesSync(join(base, name), at, at);
    };
    const dead = 4_194_305; // above any pid
    make(".rundeck-ssm-forgotten", "pack", dead, old);
    make(".rundeck-ssm-dead", "pid", dead, old);
    make(".rundeck-ssm-running", "pid", process.pid, old);
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
      before.filter((name) => !/forgotten|dead/.test(name)),
    );
  });
});

/** Runs it with a line before the runner's text that makes the node another one. */
async function runBehind(node: Node, line: string, wanted: RunnerRequest) {
  const ended = await node.run(`${line}\n${composeRunner(wanted)}`);
  return collectWhole(node, wanted.runId, ended);
}
