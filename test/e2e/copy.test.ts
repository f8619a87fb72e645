import {
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
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
  const count = (operation: string) =>
    requests.filter((made) => made.operation === operation).length;
  return { ...ended, stdout: ended.stdout.toString(), requests, count };
};
const throughBucket = { RD_CONFIG_SSM_COPIER_BUCKET: bucket };

describe("a copy through the built plugin", () => {
  it("puts a small file with one command, and prints where it is", async () => {
    const to = `${makeFolder()}/run me.sh`;
    const { stdout, stderr, exitCode, count } = await copy(small, to);
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(readFileSync(to)).toEqual(readFileSync(small));
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(count("SendCommand")).toBe(1);
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
    const { stdout, stderr, exitCode, count } = await copy(
      large,
      to,
      throughBucket,
    );
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(readFileSync(to)).toEqual(largeContent);
    expect(count("SendCommand")).toBe(1);
    expect(count("PutObject")).toBe(1);
    expect(local.s3.keysOf(bucket)).toEqual([]);
  });

  it("sends a small file inside a command though there is a bucket", async () => {
    const to = `${makeFolder()}/f`;
    const { count } = await copy(small, to, throughBucket);
    expect(count("PutObject")).toBe(0);
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
});
