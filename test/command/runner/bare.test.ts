import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, test } from "vitest";
import {
  composeRunner,
  composeStop,
} from "../../../src/command/runner/compose.ts";
import { readStream } from "../../../src/command/runner/stream.ts";
import { findShell, openNode } from "../../support/agent.ts";
import { survivors } from "../../support/survivors.ts";
import { request, runWhole } from "../../support/runner.ts";

const missing = [
  [],
  ["gzip"],
  ["sha256sum"],
  ["setsid"],
  ["gzip", "sha256sum", "setsid"],
].map((programs) => ({ programs }));

describe.skipIf(!findShell("busybox")).concurrent("on a bare node", () => {
  test.for(missing)(
    "output comes whole, with less than busybox: $programs",
    async ({ programs }, { expect }) => {
      await withBareNode(programs, async (node) => {
        const { captured, report, pages } = await runWhole(
          node,
          request(
            "head -c 60000 /dev/urandom | tee copy; md5sum copy >&2; rm copy; exit 6",
            { workingDirectory: node.temporary },
          ),
        );
        expect(pages).toBe(3);
        expect(report).toMatchObject({ ending: { exitCode: 6 } });
        const md5 = createHash("md5").update(captured.stdout).digest("hex");
        expect(captured.stderr.toString()).toBe(`${md5}  copy\n`);
        expect(node.leftovers()).toEqual([]);
      });
    },
  );

  test("output that is itself a gzip comes whole, without gzip", async ({
    expect,
  }) => {
    const file = gzipSync("hello\n".repeat(9));
    const octal = Array.from(file, (byte) => `\\${byte.toString(8)}`).join("");
    await withBareNode(["gzip"], async (node) => {
      const { captured } = await runWhole(node, request(`printf '${octal}'`));
      expect(captured.stdout.equals(file)).toBe(true);
      const live = request(`printf '${octal}'`, { live: true });
      const { stdout } = await node.run(composeRunner(live));
      const reader = readStream(live.runId);
      expect(reader.push(stdout.toString()).equals(file)).toBe(true);
    });
  });

  test("text that cannot be checked to be UTF-8 is packed, and comes whole", async ({
    expect,
  }) => {
    await withBareNode([], async (node) => {
      const { captured, report } = await runWhole(node, request("echo grüße"));
      expect(report).toMatchObject({ delivery: { kind: "packed" } });
      expect(captured.stdout.toString()).toBe("grüße\n");
    });
  });

  test("no setsid: a background child holds nobody up, and a cancel ends all", async ({
    expect,
  }) => {
    await withBareNode(["setsid"], async (node) => {
      const { captured } = await runWhole(
        node,
        request("sleep 300 & echo $! started"),
      );
      const [child] = captured.stdout.toString().split(" ");
      process.kill(Number(child), "SIGKILL");
      const wanted = request('echo >"$TMPDIR/started"; exec sleep 300');
      const script = node.start(composeRunner(wanted));
      await node.run('while [ ! -e "$TMPDIR/started" ]; do sleep 0.1; done');
      expect(survivors(wanted.runId)).not.toEqual([]);
      script.cancel();
      await script.ended;
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
    });
  });

  test("no setsid: the time limit is kept all the same", async ({ expect }) => {
    await withBareNode(["setsid"], async (node) => {
      const wanted = request(
        "trap 'echo bye; exit 0' TERM; echo started; sleep 300 & wait",
        { timeoutSeconds: 1, graceSeconds: 1 },
      );
      const { report, captured } = await runWhole(node, wanted);
      expect(report).toMatchObject({ ending: { kind: "timeout" } });
      expect(captured.stdout.toString()).toBe("started\nbye\n");
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
    });
  });

  test("no setsid: another command ends it", async ({ expect }) => {
    await withBareNode(["setsid"], async (node) => {
      const wanted = request(
        `echo >"$TMPDIR/started"; trap '' TERM; while :; do sleep 0.1; done`,
        { graceSeconds: 1 },
      );
      const script = node.start(composeRunner(wanted));
      await node.run('while [ ! -e "$TMPDIR/started" ]; do sleep 0.1; done');
      const { stdout } = await node.run(composeStop(wanted));
      expect(stdout.toString()).toBe(`[rundeck-ssm ${wanted.runId} left=0]\n`);
      await script.ended;
      await expect.poll(() => survivors(wanted.runId)).toEqual([]);
    });
  });

  const exact = "printf 'a\\000\\377b'; printf '\\001' >&2; exit 3";
  test.for([
    ["od"],
    ["base64"],
    ["od", "gzip", "sha256sum"],
    ["mkfifo"],
    ["df"],
    ["base64", "mkfifo", "df", "gzip", "setsid"],
    ["iconv", "awk", "od", "find", "id", "cut", "sort"],
  ])("without %j bytes come as they are", async (programs, { expect }) => {
    await withBareNode(programs, async (node) => {
      const { report, captured } = await runWhole(node, request(exact));
      expect(report).toMatchObject({ ending: { exitCode: 3 } });
      expect(captured.stdout.toString("latin1")).toBe("a\0\xffb");
      expect(captured.stderr.toString("latin1")).toBe("\x01");
      expect(node.leftovers()).toEqual([]);
    });
  });

  test.for([
    { without: ["base64", "od"], names: "base64" },
    { without: ["base64", "awk"], names: "base64" },
    { without: ["mkfifo", "mknod"], names: "mkfifo" },
    { without: ["tail"], names: "no tail" },
    // a recovery and followers of a log group wait for a name, and a kill looks for processes
    { without: ["mv"], names: "no mv" },
    { without: ["grep"], names: "no grep" },
  ])(
    "what can't be done without is named: $without",
    async ({ without, names }, { expect }) => {
      await withBareNode(without, async (node) => {
        const wanted = request('echo ran >"$TMPDIR/ran"');
        const { report, captured } = await runWhole(node, wanted);
        expect(report).toEqual({ kind: "refused", reason: "no-tool" });
        expect(captured.stderr.toString()).toMatch(
          new RegExp(`^rundeck-ssm: this node has .*${names}.*\n$`),
        );
        expect(node.leftovers()).toEqual([]);
      });
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    "a node that cannot change the user says so",
    async ({ expect }) => {
      await withBareNode([], async (node) => {
        const { report, captured } = await runWhole(
          node,
          request("id", { runAs: "nobody" }),
        );
        expect(report).toEqual({ kind: "refused", reason: "no-switch" });
        expect(captured.stderr.toString()).toBe(
          "rundeck-ssm: ssm-run-as: this node has neither setpriv nor sudo\n",
        );
        expect(node.leftovers()).toEqual([]);
      });
    },
  );
});

async function withBareNode(
  bareWithout: readonly string[],
  use: (node: ReturnType<typeof openNode>) => Promise<void>,
): Promise<void> {
  const removals: (() => void)[] = [];
  const atEnd = (remove: () => void) => removals.push(remove);
  try {
    await use(openNode("busybox", atEnd, { bareWithout }));
  } finally {
    removals.forEach((remove) => remove());
  }
}
