import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { executorEnvironment, startPlugin } from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-anytime-"));
const mark = "MARK=kill-anytime-5173";
const command = `export ${mark}; setsid sleep 300 & sleep 300 & seq 1 20000; sleep 1; seq 20001 50000; wait`;
const expected = Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`).join(
  "",
);
const ways = [
  {},
  { RD_NODE_CLOUDWATCH_LOG_GROUP: "output" },
  { RD_NODE_SSM_LIVE_OUTPUT: "true" },
];

beforeAll(async () => {
  local = await startLocalAws({ nodes: 9, folder, logGroup: "output" });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A kill after `ms`. Before 300 ms the process may not have begun to listen: then TERM itself ends it, and nothing was sent. */
async function killAfter(ms: number, index: number) {
  const id = local.instanceIds[index % 9] ?? "";
  const more = ways[index % ways.length] ?? {};
  const plugin = startPlugin(
    "NodeExecutor",
    executorEnvironment(local, id, command, more),
  );
  await delay(ms);
  plugin.kill("SIGTERM");
  return plugin.ended;
}

it(
  "a kill at any moment leaves nothing, and shows what was written, from its beginning",
  { timeout: 120_000 },
  async () => {
    // 36 moments over 4 s, six at once
    const moments = Array.from({ length: 36 }, (_, i) => ({
      ms: 20 + ((i * 7) % 36) * 110,
      index: i,
    }));
    const runs = Array.from({ length: 6 }, async () => {
      const ended = [];
      for (let next = moments.pop(); next; next = moments.pop())
        ended.push(await killAfter(next.ms, next.index));
      return ended;
    });
    for (const { exitCode, stdout, stderr } of (
      await Promise.all(runs)
    ).flat()) {
      expect(expected.startsWith(stdout.toString())).toBe(true);
      // killed before it listened: nothing was sent, and there is nothing to say
      expect(`${exitCode} ${stderr}`).toMatch(
        /^(?:null |143 rundeck-ssm: cancelled: [^\n]+\n)$/,
      );
    }
    expect(pidsWith(mark)).toEqual([]);
    const left = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => name.includes(".rundeck-ssm-"))).toEqual([]);
  },
);
