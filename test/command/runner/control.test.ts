import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import {
  composePoll,
  composeRecover,
  composeRunner,
  composeStop,
} from "../../../src/command/runner/compose.ts";
import { readPoll } from "../../../src/output/packed.ts";
import { findShell, openNode } from "../../support/agent.ts";
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
      expect(survivors(wanted.runId)).toEqual([]);
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
      expect(survivors(wanted.runId)).toEqual([]);
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
      const first = await pollUntil(node, wanted.runId, "one\n");
      expect(first.stderr).toEqual(Buffer.from([0xff]));
      await node.run(': >"$TMPDIR/go"');
      await script.ended;
      const text = composePoll({
        runId: wanted.runId,
        platform: "unix",
        stdoutFrom: 4,
        stderrFrom: 1,
        waitSeconds: 2,
      });
      const { stdout } = await node.run(text);
      expect(readPoll(stdout.toString(), wanted.runId)).toEqual({
        kind: "over",
      });
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

    test("a recovery fetches only what has not been delivered", async ({
      onTestFinished,
      expect,
    }) => {
      const node = openNode(shell, onTestFinished);
      const wanted = request("echo one; echo two; echo error >&2; sleep 300");
      const script = node.start(composeRunner(wanted));
      await pollUntil(node, wanted.runId, "two\n");
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
      expect(rest.report).toMatchObject({ cut: ["stdout"] });
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
      await node.run(`mkdir -m 700 "$TMPDIR/.rundeck-ssm-${runId}"\n`);
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

function recover(runId: string): string {
  return composeRecover({
    runId,
    platform: "unix",
    graceSeconds: 2,
    maxBytes: 8_000_000,
  });
}

/** Polls from the beginning until stdout has `text`; the node does the waiting. */
async function pollUntil(node: Node, runId: string, text: string) {
  const poll = composePoll({
    runId,
    platform: "unix",
    stdoutFrom: 0,
    stderrFrom: 0,
    waitSeconds: 5,
  });
  for (let attempt = 0; attempt < 40; attempt++) {
    const { stdout } = await node.run(poll);
    const news = readPoll(stdout.toString(), runId);
    if (news?.kind === "news" && news.captured.stdout.includes(text)) {
      return news.captured;
    }
  }
  throw new Error(`no ${text} came`);
}
