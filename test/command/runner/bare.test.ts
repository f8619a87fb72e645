import { createHash } from "node:crypto";
import { describe, test } from "vitest";
import { composeRunner } from "../../../src/command/runner/compose.ts";
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
