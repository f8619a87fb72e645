import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import { executorEnvironment, startPlugin } from "../support/plugin.ts";
import { residentKb } from "../support/processes.ts";
import { findSidecar, workerOf } from "../support/sidecar.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("takes no more memory for more output", async () => {
  const bucket = "command-output";
  await using local = await startLocalAws({ nodes: 1, folder, bucket });
  const [instanceId = ""] = local.instanceIds;
  const plugin = startPlugin(
    "NodeExecutor",
    executorEnvironment(local, instanceId, "seq 1 9000000", {
      RD_CONFIG_SSM_OUTPUT_BUCKET: bucket,
      RD_CONFIG_SSM_OUTPUT_LIMIT: "20000",
    }),
  );
  let peakKb = 0;
  const watch = setInterval(() => {
    peakKb = Math.max(peakKb, residentKb(workerOf(plugin)));
  }, 20);
  const { stdout, stderr, exitCode } = await plugin.ended;
  clearInterval(watch);
  expect([stdout.length, stderr, exitCode]).toEqual([70_888_896, "", 0]);
  expect(peakKb).toBeGreaterThan(20_000);
  // a sidecar has more in it
  expect(peakKb).toBeLessThan(findSidecar() ? 220_000 : 150_000);
});
