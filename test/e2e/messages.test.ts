import { randomBytes } from "node:crypto";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import {
  copierEnvironment,
  executorEnvironment,
  runPlugin,
} from "../support/plugin.ts";

const bucket = "pass-through";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-messages-"));
const file = path.join(folder, "large.bin");
const home = path.join(folder, "home");
const node = /node web-1 \(i-0{16}1, us-east-1\): /;
let local: LocalAws;

beforeAll(async () => {
  writeFileSync(file, randomBytes(300_000));
  mkdirSync(path.join(home, ".aws"), { recursive: true });
  writeFileSync(
    path.join(home, ".aws", "config"),
    "[default]\nregion = eu-west-1\n[profile ops]\nregion = us-east-1\n",
  );
  local = await startLocalAws({ folder, nodes: 1, bucket });
});
afterEach(() => local.faults.deniedActions.clear());
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (more: Record<string, string>) =>
  runPlugin(
    "NodeExecutor",
    executorEnvironment(local, local.instanceIds[0] ?? "", "echo hi", more),
  );

const copy = (more: Record<string, string>) =>
  runPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      local.instanceIds[0] ?? "",
      { file, destination: path.join(folder, "copied") },
      more,
    ),
  );

const withoutKeys = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };

describe("one line says what is wrong, where it was set, and what there is", () => {
  it("a bucket that does not exist", async () => {
    const { stderr, exitCode } = await copy({
      RD_CONFIG_SSM_COPIER_BUCKET: "nosuch",
    });
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(node);
    expect(stderr).toContain(
      'ssm-copier-bucket is "nosuch", from plugin property ssm-copier-bucket: no such bucket',
    );
  });

  it("a bucket's name of two letters", async () => {
    const { stderr, exitCode } = await copy({
      RD_CONFIG_SSM_COPIER_BUCKET: "ab",
    });
    expect(exitCode).toBe(78);
    expect(stderr).toContain("3 to 63 characters");
  });

  it("a bucket that may not be written to", async () => {
    local.faults.deniedActions.add("s3:PutObject");
    const { stderr, exitCode } = await copy({
      RD_CONFIG_SSM_COPIER_BUCKET: bucket,
    });
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(
      /AWS denied s3:PutObject on resource arn:aws:s3:::pass-through\/\S+, ssm-copier-bucket \("pass-through", plugin property ssm-copier-bucket\), to arn:\S+ \(AccessDenied, with an explicit deny in a service control policy\)/,
    );
  });

  it("a profile that no file has", async () => {
    const { stderr, exitCode } = await run({
      ...withoutKeys,
      HOME: home,
      RD_NODE_SSM_PROFILE: "prod",
    });
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(node);
    expect(stderr).toContain(
      `ssm-profile is "prod", from node attribute ssm-profile: no such profile in ${home}/.aws/config`,
    );
    expect(stderr).toContain("(there are: default, ops)");
  });

  it("a profile of the server's environment that no file has", async () => {
    const { stderr } = await run({ HOME: home, AWS_PROFILE: "prod" });
    expect(stderr).toContain(
      `AWS_PROFILE is "prod", from the server's environment: no such profile in ${home}/.aws/config`,
    );
  });

  it("no credentials at all: each place and why it gave nothing", async () => {
    const { stderr, exitCode } = await run({ ...withoutKeys, HOME: home });
    expect(exitCode).toBe(77);
    for (const place of [
      "environment: no AWS_ACCESS_KEY_ID",
      `profile default: no credentials in ${home}/.aws/config`,
      "web identity: no AWS_WEB_IDENTITY_TOKEN_FILE",
      "container: no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "EC2: AWS_EC2_METADATA_DISABLED is set",
    ])
      expect(stderr).toContain(place);
  });

  it("a region that was mistyped, as a note", async () => {
    const { stderr, stdout } = await run({ RD_NODE_REGION: "us-esat-1" });
    expect(stderr).toMatch(
      /^rundeck-ssm: note: node web-1 \(i-0{16}1, us-esat-1\): region is "us-esat-1", from node attribute region: no region that I know; did you mean us-east-1\?$/m,
    );
    expect(stdout.toString()).toBe("");
  });

  it("a region that there is gives no note", async () => {
    const { stderr } = await run({ RD_NODE_REGION: "us-east-1" });
    expect(stderr).toBe("");
  });

  it.each(["RUNDECK_SSM_NODE", "SSM_BRIDGE_NODE"])(
    "%s that is another program",
    async (name) => {
      for (const program of ["/usr/bin/false", "/usr/bin/true"]) {
        const { stderr, exitCode } = await run({
          // a sidecar that runs needs no other Node.js
          RUNDECK_SSM_SIDECAR: "off",
          RUNDECK_SSM_NODE: "",
          [name]: program,
        });
        expect(exitCode).toBe(78);
        expect(stderr).toMatch(/^rundeck-ssm: setting-invalid: /);
        expect(stderr).toContain(`${name} is ${program}, which is no Node.js`);
      }
    },
  );

  it.each([
    ["0", "nothing of stdout is shown, and all of it is lost"],
    ["1", "only the first byte of stdout is shown, and the rest is lost"],
  ])("an output limit of %s", async (limit, words) => {
    const { stderr, exitCode } = await run({
      RD_EXEC_COMMAND: "seq 20000",
      RD_CONFIG_SSM_OUTPUT_LIMIT: limit,
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(words);
    expect(stderr).toContain(
      `ssm-output-limit ("${limit}", plugin property ssm-output-limit)`,
    );
  });

  it("an output bucket that is not there, once, and what is done instead", async () => {
    const { stderr, exitCode } = await run({
      RD_EXEC_COMMAND: "seq 20000",
      RD_CONFIG_SSM_OUTPUT_BUCKET: "nosuch",
      RD_CONFIG_SSM_OUTPUT_LIMIT: "20000",
    });
    expect(exitCode).toBe(0);
    const [note = ""] = stderr.split("\n");
    expect(note.match(/ssm-output-bucket/g)).toHaveLength(2); // its name, and its layer's
    expect(note).toContain("no such bucket");
    expect(note).toContain(
      '; the output comes through SSM instead, up to ssm-output-limit ("20000", plugin property ssm-output-limit)',
    );
  });

  it("a command whose variables make it too long", async () => {
    const { stderr, exitCode } = await run({
      RD_CONFIG_SSM_PASS_VARIABLES: "RD_OPTION_BIG",
      RD_OPTION_BIG: "x".repeat(110_000),
    });
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(
      /too long for Run Command .*, or pass less by ssm-pass-variables \("RD_OPTION_BIG", plugin property ssm-pass-variables\)/,
    );
  });

  it.each(["~", "~nobody/x", "relative"])(
    "a folder that the agent would pass over without the runner: %s",
    async (directory) => {
      const { stderr, exitCode } = await run({
        RD_CONFIG_SSM_RUNNER: "none",
        RD_CONFIG_SSM_WORKING_DIRECTORY: directory,
      });
      expect(exitCode).toBe(78);
      expect(stderr).toContain(
        `ssm-working-directory ("${directory}", plugin property ssm-working-directory) is no absolute path, which the SSM agent passes over`,
      );
    },
  );

  it.each([
    ["RUN_AS", "nosuch", "this node has no user 'nosuch'"],
    ["SHELL", "/bin/zzz", "'/bin/zzz' is no program on this node"],
    ["WORKING_DIRECTORY", "/nosuch", "'/nosuch' is no directory that"],
  ])("what the node does not have: %s=%s", async (name, value, words) => {
    const { stderr, exitCode } = await run({
      [`RD_CONFIG_SSM_${name}`]: value,
    });
    const setting = `ssm-${name.toLowerCase().replace("_", "-")}`;
    expect(exitCode).toBe(78);
    expect(stderr).toContain(
      `: ${setting} ("${value}", plugin property ${setting}): ${words}`,
    );
  });
});
