import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import {
  formatTable,
  isEqual,
  outputPaths,
  runHardOutputs,
} from "../support/hard-runs.ts";
import type { HardRun } from "../support/hard-runs.ts";
import { hardOutputs } from "../support/outputs.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-corpus-"));
let local: LocalAws;
let runs: HardRun[];

beforeAll(async () => {
  local = await startLocalAws({
    nodes: 16,
    folder,
    bucket: "output",
    logGroup: "output",
  });
  // slow, because every third of the outputs goes by each of the ways
  runs = await runHardOutputs(local, execute, { thinning: 3 });
  console.log(formatTable(runs));
}, 600_000);

afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

async function execute(
  instanceId: string,
  command: string,
  settings: Record<string, string>,
) {
  const config = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `RD_CONFIG_${name}`,
      value,
    ]),
  );
  const run = await runPlugin(
    "NodeExecutor",
    executorEnvironment(local, instanceId, command, config),
  );
  return { ...run, stderr: run.stderrBytes };
}

describe("a corpus of outputs that are hard to carry", () => {
  it.each(outputPaths)("comes to the byte through: $name", ({ name }) => {
    const taken = runs.filter((run) => run.path === name);
    expect(taken.filter((run) => !isEqual(run))).toEqual([]);
    expect(taken.length).toBeGreaterThan(5);
  });

  it("was carried plain, packed, in pages and live", () => {
    expect(new Set(runs.map(({ form }) => form))).toEqual(
      new Set(["plain", "packed", "paged", "live", "S3", "bare"]),
    );
    expect(hardOutputs.length).toBeGreaterThanOrEqual(40);
  });

  it("leaves nothing on the nodes, and nothing in the bucket", () => {
    const left = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(left.filter((file) => file.includes(".rundeck-ssm-"))).toEqual([]);
    expect(local.s3.keysOf("output")).toEqual([]);
  });
});
