import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { copierEnvironment, runPlugin } from "../support/plugin.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-disks-"));
const disk = path.join(folder, "disk");
const bucket = "pass-through";

const mounted = mount("size=128k");
afterAll(() => {
  if (mounted) spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

/** Only root may, and not in every container. */
function mount(options: string): boolean {
  mkdirSync(disk, { recursive: true });
  const args = ["-t", "tmpfs", "-o", options, "tmpfs", disk];
  return spawnSync("mount", args).status === 0;
}

describe.skipIf(!mounted)("a disk of 128 kB on the node", () => {
  let local: LocalAws;
  const file = path.join(folder, "large.bin");

  beforeAll(async () => {
    writeFileSync(file, randomBytes(300_000));
    writeFileSync(`${disk}/old`, "old");
    local = await startLocalAws({ folder, nodes: 1, bucket });
  });
  afterAll(() => local.close());

  const copy = (more: Record<string, string>, destination = `${disk}/old`) =>
    runPlugin(
      "FileCopier",
      copierEnvironment(
        local,
        local.instanceIds[0] ?? "",
        { file, destination },
        more,
      ),
    );

  it.each([
    ["inside commands", {}],
    ["through a bucket", { RD_CONFIG_SSM_COPIER_BUCKET: bucket }],
  ])(
    "that is full by a copy %s keeps the old file, and nothing else",
    async (_, more) => {
      const { exitCode, stdout, stderr } = await copy(more);
      expect([exitCode, stdout.toString()]).toEqual([74, ""]);
      expect(stderr).toMatch(
        /^rundeck-ssm: transfer-failed: node web-1[^\n]*: "\S+\/disk\/old": no room for it on the node \([^\n]*No space left on device[^\n]*\n$/,
      );
      expect(readFileSync(`${disk}/old`, "utf8")).toBe("old");
      expect(readdirSync(disk)).toEqual(["old"]);
      expect(local.s3.keysOf(bucket)).toEqual([]);
    },
  );

  it("that is full is named by the destination, a folder too", async () => {
    const { exitCode, stderr } = await copy({}, disk);
    expect(exitCode).toBe(74);
    expect(stderr).toMatch(/: "\S+\/disk": no room for it on the node \(/);
    expect(readdirSync(disk)).toEqual(["old"]);
  });

  it("that is read-only says so", async () => {
    // it is refused for as long as somebody writes there
    const remount = () => spawnSync("mount", ["-o", "remount,ro", disk]).status;
    await expect.poll(remount).toBe(0);
    const { exitCode, stderr } = await copy({});
    expect(exitCode).toBe(74);
    expect(stderr).toMatch(
      /^rundeck-ssm: transfer-failed: node web-1[^\n]*Read-only file system[^\n]*\n$/,
    );
    expect(readFileSync(`${disk}/old`, "utf8")).toBe("old");
  });
});
