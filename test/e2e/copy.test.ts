import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { copierEnvironment, runPlugin } from "../support/plugin.ts";

let local: LocalAws;
let node: string;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-copy-"));
const small = path.join(folder, "deploy.sh");
const large = path.join(folder, "large.bin");
const largeContent = randomBytes(300_000);
const bucket = "pass-through";

beforeAll(async () => {
  writeFileSync(small, "#!/bin/sh\necho deployed\n".repeat(170));
  writeFileSync(large, largeContent);
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  local = await startLocalAws({ nodes: 1, folder, bucket });
  node = local.instanceIds[0] ?? "";
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

let folders = 0;
function makeFolder(): string {
  const made = path.join(folder, `to-${++folders}`);
  mkdirSync(made);
  return made;
}

const copy = async (
  file: string,
  destination: string,
  more: Record<string, string> = {},
) => {
  const before = local.requests.length;
  const ended = await runPlugin(
    "FileCopier",
    copierEnvironment(local, node, { file, destination }, more),
  );
  const requests = local.requests.slice(before);
  const calls = (operation: string) =>
    requests.filter((made) => made.operation === operation).length;
  return { ...ended, stdout: ended.stdout.toString(), requests, calls };
};
const throughBucket = { RD_CONFIG_SSM_COPIER_BUCKET: bucket };

describe("a copy through the built plugin", () => {
  it("puts a small file with one command, and prints where it is", async () => {
    const to = `${makeFolder()}/run me.sh`;
    const { stdout, stderr, exitCode, calls } = await copy(small, to);
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(readFileSync(to)).toEqual(readFileSync(small));
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(calls("SendCommand")).toBe(1);
  });

  it("needs no bucket for 300 kB that do not shrink", async () => {
    const to = makeFolder();
    const { stdout, stderr, exitCode } = await copy(large, to);
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}/large.bin\n`, ""]);
    expect(readFileSync(`${to}/large.bin`)).toEqual(largeContent);
    expect(readdirSync(to)).toEqual(["large.bin"]);
  });

  it("takes a bucket for what one command does not hold, and leaves nothing there", async () => {
    const to = `${makeFolder()}/large`;
    const { stdout, stderr, exitCode, calls } = await copy(
      large,
      to,
      throughBucket,
    );
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(readFileSync(to)).toEqual(largeContent);
    expect(calls("SendCommand")).toBe(1);
    expect(calls("PutObject")).toBe(1);
    expect(local.s3.keysOf(bucket)).toEqual([]);
  });

  it("sends a small file inside a command though there is a bucket", async () => {
    const to = `${makeFolder()}/f`;
    const { calls } = await copy(small, to, throughBucket);
    expect(calls("PutObject")).toBe(0);
  });

  it("refuses what is too large without a bucket, naming the setting and where it can be set", async () => {
    const huge = path.join(folder, "huge.bin");
    writeFileSync(huge, randomBytes(600_000));
    const { stdout, stderr, exitCode, requests } = await copy(huge, "/x");
    expect(exitCode).toBe(78);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^rundeck-ssm: setting-missing: node web-1 \(.*\): the file has 600000 bytes.*ssm-copier-bucket.*project\.ssm-copier-bucket.*framework\.ssm-copier-bucket.*\n$/,
    );
    expect(requests).toEqual([]);
  });

  it("uploads a larger file in parts", async () => {
    const file = path.join(folder, "parts.bin");
    const content = randomBytes(20_000_000);
    writeFileSync(file, content);
    const to = makeFolder();
    const { exitCode, stderr, calls } = await copy(file, to, throughBucket);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(readFileSync(`${to}/parts.bin`).equals(content)).toBe(true);
    expect(calls("UploadPart")).toBe(3);
    expect(local.s3.keysOf(bucket)).toEqual([]);
    expect(local.s3.uploadsOf(bucket)).toEqual([]);
  });

  it("uploads in parts what was found too large to go inside commands", async () => {
    const file = path.join(folder, "limit.bin");
    const content = randomBytes(9_000_000);
    writeFileSync(file, content);
    const to = makeFolder();
    const { exitCode, stderr, calls } = await copy(file, to, {
      ...throughBucket,
      RD_CONFIG_SSM_COPIER_INLINE_LIMIT: "10000000",
    });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(readFileSync(`${to}/limit.bin`).equals(content)).toBe(true);
    expect(calls("UploadPart")).toBe(2);
  });

  it.each([
    ["a pipe", () => path.join(folder, "pipe"), /is no regular file/],
    ["a device", () => "/dev/zero", /is no regular file/],
    ["a folder", () => folder, /is no regular file/],
    [
      "more than it says",
      () => "/proc/version",
      /more or less than the 0 bytes/,
    ],
  ])("sends nothing of what is %s", async (_, fileOf, why) => {
    const file = fileOf();
    const { exitCode, stdout, stderr, requests } = await copy(file, "/x");
    expect([exitCode, stdout, requests]).toEqual([74, "", []]);
    expect(stderr).toMatch(/^rundeck-ssm: transfer-failed: [^\n]*\n$/);
    expect(stderr).toContain(file);
    expect(stderr).toMatch(why);
  });

  it("sends nothing where no file is named", async () => {
    const { exitCode, stdout, stderr, requests } = await copy("", "/x");
    expect([exitCode, stdout, requests]).toEqual([78, "", []]);
    expect(stderr).toMatch(
      /^rundeck-ssm: setting-missing: [^\n]*there is no file to copy\n$/,
    );
  });

  it.each([0, 1])("copies a file of %i bytes, either way", async (bytes) => {
    const file = path.join(folder, `tiny-${bytes}`);
    writeFileSync(file, Buffer.alloc(bytes, "x"));
    for (const more of [
      {},
      { ...throughBucket, RD_CONFIG_SSM_COPIER_INLINE_LIMIT: "0" },
    ]) {
      const to = makeFolder();
      const { exitCode, stdout } = await copy(file, `${to}/new/`, more);
      expect([exitCode, stdout]).toEqual([0, `${to}/new/tiny-${bytes}\n`]);
      expect(readFileSync(`${to}/new/tiny-${bytes}`)).toHaveLength(bytes);
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    "gives the file its owner and mode",
    async () => {
      const home = makeFolder();
      chmodSync(folder, 0o755);
      chownSync(home, 65534, 65534);
      const to = `${home}/f`;
      const { exitCode } = await copy(small, to, {
        RD_NODE_SSM_RUN_AS: "nobody",
        RD_CONFIG_SSM_COPIER_FILE_MODE: "750",
      });
      expect(exitCode).toBe(0);
      expect(statSync(to).mode & 0o7777).toBe(0o750);
      expect(statSync(to).uid).toBe(65534);
    },
  );

  it.each([
    [
      "a line break in the destination",
      78,
      { RD_FILE_COPY_DESTINATION: "/x\ny" },
    ],
    ["no such local file", 74, { RD_FILE_COPY_FILE: "/no/such/file" }],
    ["a local folder", 74, { RD_FILE_COPY_FILE: "/" }],
    ["no such user", 78, { RD_NODE_SSM_RUN_AS: "no-such-user" }],
    ["no such node", 69, { RD_NODE_INSTANCEID: "i-0fffffffffffffff0" }],
    ["an unusable mode", 78, { RD_CONFIG_SSM_COPIER_FILE_MODE: "rwx" }],
  ])("ends for %s with %i and one line", async (_, wanted, more) => {
    const { exitCode, stdout, stderr } = await copy(
      small,
      `${makeFolder()}/f`,
      more,
    );
    expect([exitCode, stdout]).toEqual([wanted, ""]);
    expect(stderr).toMatch(/^rundeck-ssm: [a-z-]+: [^\n]+\n$/);
  });

  it("signs with the copier's own key, else with the node's", async () => {
    const executors = {
      RD_NODE_SSM_ACCESSKEYID: "AKIAEXECUTOR",
      RD_CONFIG_SSM_SECRETKEY: "secret",
    };
    const copiers = {
      RD_CONFIG_SSM_COPIER_ACCESSKEYID: "AKIACOPIER",
      RD_CONFIG_SSM_COPIER_SECRETKEY: "secret",
    };
    const keysOf = async (more: Record<string, string>) => {
      const to = `${makeFolder()}/f`;
      const { requests } = await copy(large, to, { ...throughBucket, ...more });
      const ours = requests.filter((made) => made.operation !== "GetObject");
      return [...new Set(ours.map((made) => made.accessKeyId))];
    };
    expect(await keysOf(executors)).toEqual(["AKIAEXECUTOR"]);
    expect(await keysOf({ ...executors, ...copiers })).toEqual(["AKIACOPIER"]);
  });

  it("tells nobody what the file is called, or a secret", async () => {
    const { requests } = await copy(large, `${makeFolder()}/f`, throughBucket);
    const s3 = requests.filter((made) => made.service === "s3");
    expect(s3.length).toBeGreaterThan(0);
    expect(JSON.stringify(s3)).not.toContain("large.bin");
    expect(JSON.stringify(requests)).not.toContain("X-Amz-Signature");
  });
});

describe("rundeck-ssm copy", () => {
  const run = promisify(execFile);
  const cli = (words: string[]) =>
    run(
      "bash",
      [path.join(inject("build").contents, "rundeck-ssm"), "copy", ...words],
      {
        env: {
          PATH: process.env["PATH"],
          AWS_ENDPOINT_URL: local.endpoint,
          AWS_ACCESS_KEY_ID: "AKIALOCAL",
          AWS_SECRET_ACCESS_KEY: "local-secret",
        },
      },
    );

  it("copies by hand, and prints where the file is", async () => {
    const to = makeFolder();
    const { stdout, stderr } = await cli([
      "--instance",
      node,
      "--region",
      local.region,
      small,
      to,
    ]);
    expect([stdout, stderr]).toEqual([`${to}/deploy.sh\n`, ""]);
    expect(readFileSync(`${to}/deploy.sh`)).toEqual(readFileSync(small));
  });

  it("needs a file and a destination", async () => {
    await expect(cli(["--instance", node, small])).rejects.toMatchObject({
      code: 78,
      stderr: expect.stringMatching(
        /^rundeck-ssm: setting-missing: .*DEST.*\n$/,
      ),
    });
  });
});
