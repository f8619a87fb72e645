import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, test } from "vitest";
import {
  composePoll,
  composeRecover,
  composeRemove,
  composeRunner,
  composeStop,
} from "../../../src/command/runner/compose.ts";
import type { Recovery } from "../../../src/command/runner/request.ts";
import { readPoll } from "../../../src/output/packed.ts";
import { findShell, instanceId, openNode } from "../../support/agent.ts";
import type { Node, NodeShell } from "../../support/agent.ts";
import { survivors } from "../../support/survivors.ts";
import { collectWhole, request, runWhole } from "../../support/runner.ts";

const shells: NodeShell[] = ["dash", "bash", "busybox"];

describe.concurrent.each(shells.filter((shell) => findShell(shell)))(
  "on a node whose sh is %s",
  (shell) => {
    test("a cancelled command gets TERM with its whole tree, and what it wrote is recovered", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `trap 'echo "the shell ends"; exit 3' TERM
setsid sh -c 'trap "echo the stray ends; exit" TERM; echo stray; while :; do sleep 0.1; done' &
while :; do sleep 0.1; done`,
      );
      const { ended, captured } = await cancelAndRecover(node, wanted, "stray");
      expect(captured.stdout.toString().split("\n").toSorted()).toEqual(
        ["", "stray", "the shell ends", "the stray ends"].toSorted(),
      );
      expect(ended.exitCode).toBe(0);
      expect(survivors(wanted.runId)).toEqual([]);
      expect(node.leftovers()).toEqual([]);
    });

    test("a cancelled command that ignores TERM is killed after the grace", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `trap '' TERM; echo started; echo error >&2; while :; do sleep 0.1; done`,
        { graceSeconds: 1 },
      );
      const { report, captured } = await cancelAndRecover(
        node,
        wanted,
        "started",
      );
      expect(report).toMatchObject({
        ending: { kind: "unseen", from: "runner" },
      });
      expect(captured.stdout.toString()).toBe("started\n");
      expect(captured.stderr.toString()).toBe("error\n");
      expect(survivors(wanted.runId)).toEqual([]);
      expect(node.leftovers()).toEqual([]);
    });

    test.for([false, true])(
      "a command is recovered also where its runner lives, which touches nothing any more (live: %s)",
      async (live, { onTestFinished, expect }) => {
        const node = openNode(shell, onTestFinished);
        const wanted = request(
          `trap '' TERM; echo started; echo error >&2; while :; do sleep 0.1; done`,
          { graceSeconds: 1, live },
        );
        const script = node.start(composeRunner(wanted));
        await pollUntil(node, wanted.runId, "started");
        const recovered = await node.run(recover(wanted.runId));
        const { report, captured } = await collectWhole(
          node,
          wanted.runId,
          recovered,
        );
        expect(report).toMatchObject({
          ending: { kind: "unseen", from: "runner" },
        });
        expect(captured.stdout.toString()).toBe("started\n");
        expect(captured.stderr.toString()).toBe("error\n");
        const { exitCode } = await script.ended;
        expect(exitCode).toBe(137);
        expect(survivors(wanted.runId)).toEqual([]);
        expect(node.leftovers()).toEqual([]);
      },
    );

    test("a recovery leaves the keeper alone, which ends the command", async ({
      onTestFinished,
      expect,
    }) => {
      const bin = mkdtempSync(path.join(tmpdir(), "marks-"));
      onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
      const looked = path.join(bin, "looked");
      // the recovery looks for readers when it has ended whoever it ends
      writeFileSync(
        path.join(bin, "ls"),
        `#!/bin/sh
/bin/ls "$@"
case "$*" in *fd/0*) : >${looked} ;; esac
`,
        { mode: 0o755 },
      );
      const node = openNode(shell, onTestFinished, {
        path: `${bin}:/usr/bin:/bin`,
      });
      if (shell === "busybox") rmSync(path.join(node.bin, "ls"));
      const wanted = request("trap '' TERM; echo started; exec sleep 300", {
        graceSeconds: 1,
      });
      const script = node.start(composeRunner(wanted));
      await pollUntil(node, wanted.runId, "started");
      const [spool = ""] = node.leftovers();
      const pid = path.join(node.temporary, spool, "pid");
      const text = readFileSync(pid);
      rmSync(pid);
      execFileSync("mkfifo", [pid]);
      script.cancel();
      // it has begun to read the number of what it is to end
      const held = await open(pid, "w");
      // who else reads it does not wait
      const other = path.join(bin, "pid");
      writeFileSync(other, text);
      renameSync(other, pid);
      const recovering = node.run(recover(wanted.runId));
      await expect.poll(() => existsSync(looked)).toBe(true);
      await held.writeFile(text);
      await held.close();
      const { report } = await collectWhole(
        node,
        wanted.runId,
        await recovering,
      );
      expect(report).toMatchObject({ ending: { kind: "unseen" } });
      expect(survivors(wanted.runId)).toEqual([]);
      expect(node.leftovers()).toEqual([]);
    });

    test("a command does not begin before somebody is there who would end it", async ({
      onTestFinished,
      expect,
    }) => {
      // a node on which the helpers are slow to get their session, until when a cancel ends it
      const bin = mkdtempSync(path.join(tmpdir(), "slow-"));
      onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
      const waits = path.join(bin, "waits");
      writeFileSync(
        path.join(bin, "setsid"),
        `#!/bin/sh
case "$*" in *" helpers "*) : >${waits}; sleep 30 ;; esac
exec /usr/bin/setsid "$@"
`,
        { mode: 0o755 },
      );
      const node = openNode(shell, onTestFinished, {
        path: `${bin}:/usr/bin:/bin`,
      });
      if (shell === "busybox") rmSync(path.join(node.bin, "setsid"));
      const wanted = request("echo begun >>$TMPDIR/begun; exec sleep 300");
      const script = node.start(composeRunner(wanted));
      await expect.poll(() => existsSync(waits)).toBe(true);
      // so long a command would need at most to begin
      await delay(1_000);
      script.cancel();
      await script.ended;
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
      expect(node.leftovers()).not.toContain("begun");
    });

    test("a command over its time gets TERM, and what it wrote is kept", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `trap 'echo bye; exit 0' TERM; echo started; sleep 300 & wait`,
        { timeoutSeconds: 1 },
      );
      const { report, captured, ended } = await runWhole(node, wanted);
      expect(report).toMatchObject({ ending: { kind: "timeout" } });
      expect(captured.stdout.toString()).toBe("started\nbye\n");
      expect(ended.exitCode).toBe(124);
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
      expect(node.leftovers()).toEqual([]);
    });

    test("a stray that ignores TERM does not outlive a time limit", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `setsid sh -c 'trap "" TERM; while :; do sleep 0.1; done' & exec sleep 300`,
        { timeoutSeconds: 1, graceSeconds: 1 },
      );
      const { report } = await runWhole(node, wanted);
      expect(report).toMatchObject({ ending: { kind: "timeout" } });
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
    });

    test("nothing of the runner outlives a command that has ended", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo ok");
      await runWhole(node, wanted);
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
      expect(node.leftovers()).toEqual([]);
    });

    test("a daemon of a finished command lives on", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("setsid sleep 300 >/dev/null 2>&1 & echo ok");
      const { captured } = await runWhole(node, wanted);
      expect(captured.stdout.toString()).toBe("ok\n");
      const programs = () => survivors(wanted.runId).map((one) => one.program);
      await expect.poll(programs).toEqual(["sleep"]);
      survivors(wanted.runId).forEach((one) =>
        process.kill(one.pid, "SIGKILL"),
      );
    });

    test("polls follow a running command from where the last one ended, until it is over", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `echo one; printf '\\377' >&2; while [ ! -e "$TMPDIR/go" ]; do sleep 0.05; done; rm "$TMPDIR/go"; echo two`,
      );
      const script = node.start(composeRunner(wanted));
      const first = await pollUntil(node, wanted.runId, "one\n", 1);
      expect(first.stderr).toEqual(Buffer.from([0xff]));
      await node.run(': >"$TMPDIR/go"');
      await script.ended;
      const text = composePoll({
        runId: wanted.runId,
        platform: "unix",
        stdoutFrom: 4,
        stderrFrom: 1,
        waitSeconds: 2,
        maxBytes: 8_000_000,
      });
      const { stdout } = await node.run(text);
      expect(readPoll(stdout.toString(), wanted.runId)).toEqual({
        kind: "over",
      });
    });

    test("polls give no more than is delivered in the end, though the node may have more", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `printf %2000d 0; printf %2000d 0 >&2; sleep 300`,
        { maxBytes: 1_000 },
      );
      const script = node.start(composeRunner(wanted));
      const poll = (stdoutFrom: number, waitSeconds: number) =>
        node.run(
          composePoll({
            runId: wanted.runId,
            platform: "unix",
            stdoutFrom,
            stderrFrom: 0,
            waitSeconds,
            maxBytes: 1_000,
          }),
        );
      const sizes = async (from: number, waitSeconds: number) => {
        const { stdout } = await poll(from, waitSeconds);
        const news = readPoll(stdout.toString(), wanted.runId);
        return news?.kind === "news"
          ? [news.captured.stdout.length, news.captured.stderr.length]
          : news;
      };
      await expect.poll(() => sizes(0, 5)).toEqual([1_000, 1_000]);
      expect(await sizes(1_000, 0)).toEqual([0, 1_000]);
      script.cancel();
      await script.ended;
      await node.run(recover(wanted.runId));
    });

    test("a command that removes the private folder ends with its own code, and its output is not taken for whole", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `rm -rf "$TMPDIR"/.rundeck-ssm-*; echo gone; sleep 300 & exit 3`,
      );
      const { report, ended } = await runWhole(node, wanted);
      expect(report).toMatchObject({
        ending: { kind: "exited", exitCode: 3 },
        incomplete: true,
      });
      expect(ended.exitCode).toBe(3);
      // what it has left behind lives on
      const left = survivors(wanted.runId);
      expect(left.map((one) => one.program)).toEqual(["sleep"]);
      for (const { pid } of left) process.kill(pid, "SIGKILL");
      expect(node.leftovers()).toEqual([]);
    });

    test("a command that removes the private folder, and whose runner dies, does not go on", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `rm -rf "$TMPDIR"/.rundeck-ssm-*; kill -KILL $PPID; exec sleep 300`,
        { graceSeconds: 1 },
      );
      await node.start(composeRunner(wanted)).ended;
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
    });

    test("a runner that dies alone takes its command and its followers with it", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo started; kill -KILL $PPID; sleep 300", {
        live: true,
        graceSeconds: 1,
      });
      await node.start(composeRunner(wanted)).ended;
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
      const { stdout } = await node.run(recover(wanted.runId));
      expect(stdout.toString()).toContain("started");
      expect(node.leftovers()).toEqual([]);
    });

    test("a poll's answer stays within SSM's limits, and the next one goes on", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        `head -c 40000 /dev/urandom | tee "$TMPDIR/copy"; sleep 300`,
      );
      const script = node.start(composeRunner(wanted));
      const parts: Buffer[] = [];
      let from = 0;
      while (from < 40_000) {
        const text = composePoll({
          runId: wanted.runId,
          platform: "unix",
          stdoutFrom: from,
          stderrFrom: 0,
          waitSeconds: 2,
          maxBytes: 8_000_000,
        });
        const { stdout } = await node.run(text);
        expect(stdout.length).toBeLessThan(24_000);
        const news = readPoll(stdout.toString(), wanted.runId);
        if (news?.kind !== "news") continue;
        parts.push(news.captured.stdout);
        from += news.captured.stdout.length;
      }
      const copy = readFileSync(`${node.temporary}/copy`);
      script.cancel();
      await script.ended;
      const recovered = await node.run(recover(wanted.runId));
      await collectWhole(node, wanted.runId, recovered);
      expect(Buffer.concat(parts).equals(copy)).toBe(true);
    });

    test("a recovery after a reboot waits for nobody, and takes what had been written", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo written; echo error >&2; sleep 300");
      const script = node.start(composeRunner(wanted));
      await pollUntil(node, wanted.runId, "written", 6);
      // nobody may see another's end
      signalAll(wanted.runId, "SIGSTOP");
      script.cancel();
      signalAll(wanted.runId, "SIGKILL");
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
      // so long whoever is at it would be waited for
      const again = recover(wanted.runId, { graceSeconds: 300 });
      const { report, captured } = await collectWhole(
        node,
        wanted.runId,
        await node.run(again),
      );
      expect(report).toMatchObject({ ending: { kind: "unseen" } });
      expect(captured.stdout.toString()).toBe("written\n");
      expect(captured.stderr.toString()).toBe("error\n");
      expect(node.leftovers()).toEqual([]);
    });

    test("a recovery finds the exit code of a command whose reply was lost", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("head -c 60000 /dev/urandom; exit 7");
      await node.run(composeRunner(wanted));
      const { report, captured } = await collectWhole(
        node,
        wanted.runId,
        await node.run(recover(wanted.runId)),
      );
      expect(report).toMatchObject({
        ending: { kind: "exited", exitCode: 7 },
        stdoutBytes: 60_000,
      });
      expect(captured.stdout.length).toBe(60_000);
    });

    test("a recovery of little, after much was packed, is of that little", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("seq 100000; exit 7");
      await node.run(composeRunner(wanted));
      const text = composeRecover({
        runId: wanted.runId,
        platform: "unix",
        graceSeconds: 1,
        maxBytes: 14,
      });
      const ended = await node.run(text);
      const { captured } = await collectWhole(node, wanted.runId, ended);
      expect(captured.stdout.toString()).toBe("1\n2\n3\n4\n5\n6\n7\n");
      expect(node.leftovers()).toEqual([]);
    });

    test("a recovery fetches only what has not been delivered", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo one; echo two; echo error >&2; sleep 300");
      const script = node.start(composeRunner(wanted));
      await pollUntil(node, wanted.runId, "two\n", "error\n".length);
      script.cancel();
      await script.ended;
      const text = composeRecover({
        runId: wanted.runId,
        platform: "unix",
        graceSeconds: 1,
        maxBytes: 3,
        delivered: {
          stdoutFrom: 4,
          stderrFrom: 6,
          stdoutTextFrom: 0,
          stderrTextFrom: 0,
        },
      });
      const ended = await node.run(text);
      const rest = await collectWhole(node, wanted.runId, ended);
      // what was delivered before, and what comes now
      expect(rest.report).toMatchObject({
        cut: ["stdout"],
        whole: {
          stdoutBytes: 7,
          stderrBytes: 6,
          sha256: createHash("sha256").update("one\ntwoerror\n").digest("hex"),
        },
      });
      expect(rest.captured).toEqual({
        stdout: Buffer.from("two"),
        stderr: Buffer.alloc(0),
      });
      expect(node.leftovers()).toEqual([]);
    });

    test("a command that may not be cancelled is ended by another command", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        "trap 'echo bye; exit 5' TERM; echo started; while :; do sleep 0.1; done",
      );
      const script = node.start(composeRunner(wanted));
      await pollUntil(node, wanted.runId, "started");
      const { runId } = wanted;
      await node.run(composeStop({ runId, platform: "unix", graceSeconds: 2 }));
      const { report, captured } = await collectWhole(
        node,
        runId,
        await script.ended,
      );
      expect(report).toMatchObject({ ending: { kind: "exited", exitCode: 5 } });
      expect(captured.stdout.toString()).toBe("started\nbye\n");
      await expect.poll(() => survivors(runId)).toEqual([]);
      expect(node.leftovers()).toEqual([]);
    });

    test("a recovery removes what a runner left that was killed while it made its files", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const { runId } = request("true");
      await node.run(
        `mkdir -m 700 "$TMPDIR/.rundeck-ssm-${runId}-${instanceId}"\n`,
      );
      expect(node.leftovers()).not.toEqual([]);
      await node.run(recover(runId));
      expect(node.leftovers()).toEqual([]);
    });

    test("a recovery that comes too late says so, or takes what the agent kept", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo hello; exit 3");
      const script = node.start(composeRunner(wanted));
      await script.ended;
      const late = await collectWhole(
        node,
        wanted.runId,
        await node.run(recover(wanted.runId)),
      );
      expect(late.report).toEqual({ kind: "gone" });
      const kept = await collectWhole(
        node,
        wanted.runId,
        await node.run(
          composeRecover({
            runId: wanted.runId,
            platform: "unix",
            graceSeconds: 1,
            maxBytes: 1_000_000,
            commandId: script.commandId,
          }),
        ),
      );
      expect(kept.report).toMatchObject({
        ending: { kind: "unseen", from: "agent" },
      });
      expect(kept.captured.stdout.toString()).toMatch(
        /^hello\n\[rundeck-ssm .* exit=3 .*\]\n$/,
      );
      expect(node.leftovers()).toEqual([]);
    });

    test.for([
      ["little", "echo hello"],
      ["much", "seq 30000"],
    ])(
      "a recovery of %s that keeps the private files can be made again",
      async ([, command], { onTestFinished, expect }) => {
        const node = openNode(shell, onTestFinished);
        const { runId, ...wanted } = request(
          `${command}; echo done >&2; sleep 300`,
        );
        const script = node.start(composeRunner({ ...wanted, runId }));
        await pollUntil(node, runId, "\n", "done\n".length);
        script.cancel();
        await script.ended;
        const first = await node.run(recover(runId, { keep: true }));
        expect(node.leftovers()).not.toEqual([]);
        const again = await node.run(recover(runId, { keep: true }));
        expect(again.stdout.equals(first.stdout)).toBe(true);
        expect(node.leftovers()).not.toEqual([]);
        await node.run(composeRemove({ runId, platform: "unix" }));
        expect(node.leftovers()).toEqual([]);
      },
    );

    test("what the agent kept is found again where the first finding kept it", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo hello; exit 3");
      const { commandId, ended } = node.start(composeRunner(wanted));
      await ended;
      const find = recover(wanted.runId, { keep: true, commandId });
      const first = await collectWhole(
        node,
        wanted.runId,
        await node.run(find),
      );
      const again = await collectWhole(
        node,
        wanted.runId,
        await node.run(find),
      );
      expect(first.report).toMatchObject({
        ending: { kind: "unseen", from: "agent" },
      });
      expect(again).toEqual(first);
      await node.run(composeRemove({ runId: wanted.runId, platform: "unix" }));
      expect(node.leftovers()).toEqual([]);
    });

    test("more than the limit is cut, in both streams, and said", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request(
        "head -c 300000 /dev/zero | tr '\\0' a; head -c 90000 /dev/zero >&2; exit 4",
        { maxBytes: 50_000 },
      );
      const { report, captured } = await runWhole(node, wanted);
      expect(report).toMatchObject({
        ending: { kind: "exited", exitCode: 4 },
        cut: ["stdout", "stderr"],
      });
      expect(captured.stdout.toString()).toBe("a".repeat(50_000));
      expect(captured.stderr.length).toBe(50_000);
      expect(node.leftovers()).toEqual([]);
    });
  },
);

function signalAll(runId: string, signal: NodeJS.Signals): void {
  for (const { pid } of survivors(runId)) process.kill(pid, signal);
}

async function cancelAndRecover(
  node: Node,
  wanted: ReturnType<typeof request>,
  until: string,
) {
  const script = node.start(composeRunner(wanted));
  await pollUntil(node, wanted.runId, until);
  script.cancel();
  const recovered = await node.run(recover(wanted.runId));
  await script.ended;
  return collectWhole(node, wanted.runId, recovered);
}

function recover(runId: string, more: Partial<Recovery> = {}): string {
  return composeRecover({
    runId,
    platform: "unix",
    graceSeconds: 2,
    maxBytes: 8_000_000,
    ...more,
  });
}

/** Polls from the beginning until stdout has `text`, and stderr so many bytes; the node does the waiting. */
async function pollUntil(
  node: Node,
  runId: string,
  text: string,
  stderrBytes = 0,
) {
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
    if (
      news?.kind === "news" &&
      news.captured.stdout.includes(text) &&
      news.captured.stderr.length >= stderrBytes
    ) {
      return news.captured;
    }
  }
  throw new Error(`no ${text} came`);
}
