import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { endSidecar } from "../support/sidecar.ts";
import {
  copierEnvironment,
  executorEnvironment,
  runPlugin,
} from "../support/plugin.ts";

const bucket = "pass-through";
const logGroup = "output";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-debug-"));
const file = path.join(folder, "large.bin");
let local: LocalAws;

beforeAll(async () => {
  writeFileSync(file, randomBytes(300_000));
  local = await startLocalAws({ folder, nodes: 2, bucket, logGroup });
});
afterEach(() => endSidecar());
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const debug = { RD_JOB_LOGLEVEL: "DEBUG" };
const prefix = "rundeck-ssm: debug: ";

const run = (more: Record<string, string>, node = 0) =>
  runPlugin(
    "NodeExecutor",
    executorEnvironment(local, local.instanceIds[node] ?? "", "echo hi", more),
  );

const copy = (more: Record<string, string>) =>
  runPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      local.instanceIds[0] ?? "",
      { file, destination: path.join(folder, "copied") },
      { ...debug, ...more },
    ),
  );

describe("a job at Rundeck's DEBUG level", () => {
  it("is told program, settings with layers, caller, requests with times, command and way, each in a line of stderr", async () => {
    const { stdout, stderr, exitCode } = await run({
      ...debug,
      RD_CONFIG_SSM_DELIVERY_TIMEOUT: "300",
    });
    expect([exitCode, stdout.toString()]).toEqual([0, "hi\n"]);
    const lines = stderr.split("\n").slice(0, -1);
    expect(lines.filter((line) => !line.startsWith(prefix))).toEqual([]);
    for (const pattern of [
      /rundeck-ssm-bridge \d+\.\d+\.\d+\S*, Node\.js v\d+\.\d+\.\d+, in /,
      /settings: .*region="us-east-1" \(node attribute region\).*ssm-delivery-timeout="300" \(plugin property ssm-delivery-timeout\).*ssm-runner=full \(default\)/,
      /ssm:SendCommand to 127\.0\.0\.1:\d+: answered after \d+ ms$/,
      /credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the server's environment, access key …OCAL$/,
      /command ([0-9a-f-]{36}): https:\/\/us-east-1\.console\.aws\.amazon\.com\/systems-manager\/run-command\/\1\?region=us-east-1$/,
      /output: when the command has ended$/,
    ])
      expect(lines).toContainEqual(expect.stringMatching(pattern));
  });

  it.each(["NORMAL", "INFO", "VERBOSE", ""])(
    "is no job at %j, which is told nothing",
    async (level) => {
      const { stderr } = await run({ RD_JOB_LOGLEVEL: level });
      expect(stderr).toBe("");
    },
  );

  it("is shown no secret, and only the end of an access key", async () => {
    const { stderr, exitCode } = await run({
      ...debug,
      RD_CONFIG_SSM_ACCESSKEYID: "AKIAIOSFODNN7EXAMPLE",
      RD_CONFIG_SSM_SECRETKEY: "canary-of-a-secret-key",
      RD_NODE_SSM_ASSUME_ROLE_ARN: "arn:aws:iam::111122223333:role/ops/deploy",
      RD_NODE_LOGS_ENDPOINT_URL: local.endpoint.replace("//", "//ada:canary@"),
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      "ssm-secretKey=[secret] (plugin property ssm-secretKey)",
    );
    expect(stderr).toContain('ssm-accessKeyId="…MPLE"');
    expect(stderr).toContain(
      "as arn:aws:sts::111122223333:assumed-role/deploy/rundeck-shop-42",
    );
    expect(stderr).toMatch(/sts:AssumeRole: had after \d+ ms/);
    expect(stderr).not.toMatch(/canary|AKIAIOSFODNN7/);
  });

  it("is told what a request failed of", async () => {
    local.faults.deniedActions.add("ssm:SendCommand");
    const { stderr, exitCode } = await run(debug);
    local.faults.deniedActions.clear();
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(
      /^rundeck-ssm: debug: ssm:SendCommand to \S+: AccessDeniedException after \d+ ms$/m,
    );
    expect(stderr.match(/^rundeck-ssm: (?!debug)/gm)).toHaveLength(1);
  });

  it("is told how the output came, where a log group shows it", async () => {
    const { stderr } = await run({
      ...debug,
      RD_NODE_CLOUDWATCH_LOG_GROUP: logGroup,
    });
    expect(stderr).toMatch(
      /debug: output: while the command runs, through CloudWatch Logs$/m,
    );
    expect(stderr).toMatch(/debug: logs:GetLogEvents to \S+: answered/);
  });

  it("is told how a file went", async () => {
    const inline = await copy({});
    expect(inline.stderr).toMatch(
      /debug: copy: 300000 bytes inside \d+ commands$/m,
    );
    const through = await copy({ RD_CONFIG_SSM_COPIER_BUCKET: bucket });
    expect(through.stderr).toContain(
      `debug: copy: 300000 bytes through the bucket ${bucket}, fetched by the node's role`,
    );
    expect(through.stderr).toMatch(/debug: s3:PutObject to \S+: answered/);
    expect(through.stdout.toString()).toBe(`${path.join(folder, "copied")}\n`);
  });

  it("shares a sidecar with others, which hear nothing of it", async () => {
    const sidecar = { RUNDECK_SSM_SIDECAR: "auto" };
    const [loud, quiet] = await Promise.all([
      run({ ...sidecar, ...debug }),
      run({ ...sidecar, RD_JOB_LOGLEVEL: "INFO" }, 1),
    ]);
    expect([loud.exitCode, quiet.exitCode]).toEqual([0, 0]);
    expect(quiet.stderr).toBe("");
    expect(loud.stderr).toMatch(/debug: rundeck-ssm-bridge .*in the sidecar/);
    expect(loud.stderr).toMatch(/debug: ssm:SendCommand to \S+: answered/);
    expect(loud.stderr).toMatch(/debug: credentials: .*access key …OCAL$/m);
    expect(loud.stderr).not.toContain(local.instanceIds[1]);
  });
});
