import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { copierEnvironment, startPlugin } from "../support/plugin.ts";
import {
  hasWindows,
  quickPowerShell,
  runOnWindows,
} from "../support/windows.ts";

const bucket = "pass-through";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-windows-copy-"));
/** On the node's drive C:. */
const there = `C:\\Windows\\Temp\\e2e-${randomBytes(6).toString("hex")}`;
const files = {
  /** One command. */
  "deploy one.ps1": Buffer.from("Write-Output 'deployed ü'\n"),
  /** Several commands without a bucket. */
  "middle.bin": randomBytes(70_000),
  "con.txt": Buffer.from("x"),
};
type FileName = keyof typeof files;

let local: LocalAws;

function startCopy(
  name: FileName,
  destination: string,
  more: Record<string, string> = {},
) {
  return startPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      local.instanceIds[0] ?? "",
      { file: path.join(folder, name), destination },
      { RD_NODE_OSFAMILY: "windows", ...more },
    ),
  );
}

async function copy(...given: Parameters<typeof startCopy>) {
  const before = local.requests.length;
  const { stdout, stderr, exitCode } = await startCopy(...given).ended;
  const made = local.requests.slice(before);
  return {
    seen: [exitCode, stdout.toString(), stderr],
    documents: made
      .filter(({ operation }) => operation === "SendCommand")
      .map(({ input }) => JSON.stringify(input)),
    operations: made.map(({ operation }) => operation),
  };
}

/** Name and SHA-256 of all that is in the folder there. `after` that, PowerShell does this. */
async function look(after = ""): Promise<Record<string, string>> {
  const { stdout } = await runOnWindows(
    `Get-ChildItem -Recurse -Force -File -ErrorAction SilentlyContinue '${there}' | ForEach-Object { "$($_.Name)=$((Get-FileHash -LiteralPath $_.FullName).Hash)" }
     ${after}`,
  );
  const lines = stdout
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => line.split("=")));
}

/** The same, and takes it away. */
function take(): Promise<Record<string, string>> {
  return look(
    `Remove-Item -Recurse -Force -ErrorAction SilentlyContinue '${there}'`,
  );
}

/** What is there, until there is nothing, or the test's time is over. */
async function lookUntilNothing(): Promise<Record<string, string>> {
  for (;;) {
    const found = await look();
    if (Object.keys(found).length === 0) return found;
  }
}

function hashOf(name: FileName): string {
  return createHash("sha256").update(files[name]).digest("hex").toUpperCase();
}

/** Resolves when the node asks for the object. */
async function fetching(since: number): Promise<void> {
  const isAsked = () =>
    local.requests
      .slice(since)
      .some(({ operation }) => operation === "GetObject");
  while (!isAsked()) await delay(2);
}

/** AWS-RunRemoteScript comes second; without it a link is left. */
function denyAgent(): void {
  local.faults.add({
    kind: "error",
    code: "AccessDeniedException",
    operation: "SendCommand",
    skip: 1,
    times: 1,
  });
}

const throughBucket = {
  RD_CONFIG_SSM_COPIER_BUCKET: bucket,
  RD_CONFIG_SSM_COPIER_INLINE_LIMIT: "0",
};

describe.skipIf(!hasWindows)(
  "a copy to a Windows node (RUNDECK_SSM_POWERSHELL)",
  () => {
    beforeAll(async () => {
      for (const [name, content] of Object.entries(files))
        writeFileSync(path.join(folder, name), content);
      local = await startLocalAws({
        folder,
        nodes: 0,
        windows: 1,
        powershell: quickPowerShell(folder),
        bucket,
      });
    });
    afterEach(() => local.faults.clear());
    afterAll(async () => {
      await take();
      await local?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("goes inside a command, and its first line is the path there", async () => {
      const to = `${there}\\sub folder\\`;
      const { seen } = await copy("deploy one.ps1", to);
      expect(seen).toEqual([0, `${to}deploy one.ps1\n`, ""]);
      expect(await take()).toEqual({
        "deploy one.ps1": hashOf("deploy one.ps1"),
      });
    });

    it("goes inside several commands", async () => {
      const to = `${there.replaceAll("\\", "/")}/middle.bin`;
      const { seen, documents } = await copy("middle.bin", to);
      expect(seen).toEqual([0, `${there}\\middle.bin\n`, ""]);
      expect(documents.length).toBeGreaterThan(2);
      expect(await take()).toEqual({ "middle.bin": hashOf("middle.bin") });
    });

    it("goes through a bucket by the node's agent, where the node has no tool of AWS's", async () => {
      const to = `${there}\\middle.bin`;
      const { seen, documents } = await copy("middle.bin", to, throughBucket);
      expect(seen).toEqual([0, `${to}\n`, ""]);
      expect(documents[1]).toContain("AWS-RunRemoteScript");
      expect(documents).toHaveLength(2);
      expect(await take()).toEqual({ "middle.bin": hashOf("middle.bin") });
      expect(local.s3.keysOf(bucket)).toEqual([]);
    });

    it("goes by a link, where AWS-RunRemoteScript is denied", async () => {
      denyAgent();
      const to = `${there}\\middle.bin`;
      const { seen, documents } = await copy("middle.bin", to, throughBucket);
      expect(seen).toEqual([0, `${to}\n`, ""]);
      expect(documents).toHaveLength(3);
      expect(await take()).toEqual({ "middle.bin": hashOf("middle.bin") });
    });

    it("whose link fails says why", async () => {
      denyAgent();
      local.faults.add({
        kind: "error",
        code: "SlowDown",
        status: 503,
        operation: "GetObject",
      });
      const { seen } = await copy(
        "middle.bin",
        `${there}\\middle.bin`,
        throughBucket,
      );
      expect(seen.slice(0, 2)).toEqual([74, ""]);
      expect(seen[2]).toMatch(
        /^rundeck-ssm: transfer-failed: node web-1 .*presigned URL by powershell: failed; 127\.0\.0\.1:\d+: .*503.*\n$/,
      );
      expect(String(seen[2])).not.toContain("X-Amz");
    });

    it.each([
      ["deploy one.ps1", `${there}\\s.txt:y.txt`, /hidden stream/],
      ["deploy one.ps1", `${there}\\con.txt`, /"con\.txt" is a device/],
      ["con.txt", `${there}\\`, /"con\.txt" is a device/],
      ["deploy one.ps1", "%TEMP%\\x", /"%TEMP%" is not filled in/],
    ] as const)(
      "of %s to %s is refused before anything is sent",
      async (name, destination, reason) => {
        const { seen, operations } = await copy(name, destination, {
          ...throughBucket,
        });
        const [exitCode, stdout, stderr] = seen;
        expect([exitCode, stdout]).toEqual([78, ""]);
        expect(stderr).toMatch(reason);
        expect(stderr).toMatch(
          /^rundeck-ssm: setting-invalid: node web-1 \(.*\n$/,
        );
        expect(operations).toEqual([]);
      },
    );

    it.each(["agent", "link"])(
      "that is killed while the node fetches by its %s leaves nothing: no file, no object",
      async (way) => {
        const before = local.requests.length;
        if (way === "link") denyAgent();
        local.faults.add({ kind: "delay", ms: 3_000, operation: "GetObject" });
        const running = startCopy(
          "middle.bin",
          `${there}\\middle.bin`,
          throughBucket,
        );
        await fetching(before);
        running.kill("SIGTERM");
        const { exitCode, stdout, stderr } = await running.ended;
        expect([exitCode, stdout.toString()]).toEqual([143, ""]);
        // a busy machine starts PowerShell too slowly for the time after a kill: then a note says what may be left, and the line that
        // nothing is confirmed yet
        expect(stderr).toMatch(
          /^(?:rundeck-ssm: note: .* could not be removed: .*\n)?rundeck-ssm: cancelled: .*\n$/,
        );
        expect(local.s3.keysOf(bucket)).toEqual([]);
        const isConfirmed = /, and ended on the node/.test(stderr);
        expect(await (isConfirmed ? look() : lookUntilNothing())).toEqual({});
      },
    );
  },
);
