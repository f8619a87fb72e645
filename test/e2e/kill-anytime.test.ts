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
/** Every run has a mark of its own, by which its processes are known. */
const markOf = (index: number) => `MARK=kill-anytime-${process.pid}-${index}`;
const commandOf = (index: number) =>
  `export ${markOf(index)}; setsid sleep 300 & sleep 300 & seq 1 20000; sleep 1; seq 20001 50000; wait`;
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

/** A kill after `ms`, and what is left of the command when the plugin has ended. */
async function killAfter(ms: number, index: number) {
  const id = local.instanceIds[index % 9] ?? "";
  const more = ways[index % ways.length] ?? {};
  const plugin = startPlugin(
    "NodeExecutor",
    executorEnvironment(local, id, commandOf(index), more),
  );
  await delay(ms);
  const killedAt = performance.now();
  plugin.kill("SIGTERM");
  const run = await plugin.ended;
  return {
    ...run,
    index,
    told: `${run.exitCode} ${run.stderr}`,
    msAfterKill: performance.now() - killedAt,
    left: pidsWith(markOf(index)),
  };
}

/** "null": killed before it listened; then TERM itself has ended it, nothing was sent, and there is nothing to say. */
const nothingLeft =
  /^(?:null |143 rundeck-ssm: cancelled: [^\n]+(?:ended on the node|never begun)[^\n]+\n)$/;
/** What a node that had no time for the cancel, or for the follow-up after it, makes true. */
const notConfirmed =
  /^143 (?:rundeck-ssm: note: [^\n]+ could not be fetched [^\n]+\n)?rundeck-ssm: cancelled: [^\n]+not confirmed[^\n]+\n$/;
/** AWS's answer to a cancel is waited for so long, at least, before the plugin says that it has none. */
const confirmMs = 10_000;

it("a kill at any moment leaves nothing, and shows what was written, from its beginning", async () => {
  // 36 moments over 4 s, six at once: half a minute, since each run lasts for its time and is cleared up after
  const moments = Array.from({ length: 36 }, (_, i) => ({
    ms: 20 + ((i * 7) % 36) * 110,
    index: i,
  }));
  const lanes = Array.from({ length: 6 }, async () => {
    const ended = [];
    for (let next = moments.pop(); next; next = moments.pop())
      ended.push(await killAfter(next.ms, next.index));
    return ended;
  });
  const runs = (await Promise.all(lanes)).flat();
  for (const { stdout } of runs)
    expect(expected.startsWith(stdout.toString())).toBe(true);
  const late = runs.filter(({ told }) => notConfirmed.test(told));
  const known = runs.filter((run) => !late.includes(run));
  for (const { told, left } of known)
    expect({ told, left }).toEqual({
      told: expect.stringMatching(nothingLeft),
      left: [],
    });
  const leftOf = (some: typeof runs) =>
    some.flatMap(({ index }) => pidsWith(markOf(index)));
  expect(leftOf(known)).toEqual([]);
  // what was not confirmed ends all the same, since the node sees to it
  expect(late.filter((run) => run.msAfterKill < confirmMs)).toEqual([]);
  await expect.poll(() => leftOf(late)).toEqual([]);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  // private files that no follow-up came to are left to the next run, 12 hours later
  const spools = files.filter((name) =>
    /\.rundeck-ssm-[0-9a-f]+-i-[0-9a-f]+$/.test(name),
  );
  expect(spools.length).toBeLessThanOrEqual(late.length);
});
