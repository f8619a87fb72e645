import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";

let local: LocalAws;
const base = mkdtempSync(path.join(tmpdir(), "bridge-settings-"));

beforeAll(async () => {
  local = await startLocalAws({ nodes: 1, folder: base });
  mkdirSync(path.join(base, "etc"));
  mkdirSync(path.join(base, "projects", "shop", "etc"), { recursive: true });
});
afterAll(async () => {
  await local.close();
  rmSync(base, { recursive: true, force: true });
});

/** Runs `pwd` with property files and variables, as a Rundeck with that base folder would. */
async function run(
  files: { project?: string; framework?: string },
  more: Record<string, string> = {},
) {
  const write = (file: string, text = "") =>
    writeFileSync(path.join(base, file), text);
  write("etc/framework.properties", files.framework);
  write("projects/shop/etc/project.properties", files.project);
  const before = local.requests.length;
  const environment = executorEnvironment(
    local,
    local.instanceIds[0] ?? "",
    "pwd",
    { RD_RUNDECK_BASE: base, ...more },
  );
  const ended = await runPlugin("NodeExecutor", environment);
  return { ...ended, calls: local.requests.length - before };
}

const directory = "ssm-working-directory";
const plugin = `plugin.NodeExecutor.awsssmexecutor.${directory}`;

describe("a setting's layers, through the built plugin", () => {
  it.each([
    [
      "node attribute",
      {
        RD_NODE_SSM_WORKING_DIRECTORY: "/usr/bin",
        RD_CONFIG_SSM_WORKING_DIRECTORY: "/usr/bin",
      },
      { project: `project.${directory}=/usr` },
      "/usr/bin",
    ],
    [
      "project's plugin property",
      { RD_CONFIG_SSM_WORKING_DIRECTORY: "/usr/bin" },
      { project: `project.${plugin}=/usr/bin\nproject.${directory}=/usr` },
      "/usr/bin",
    ],
    [
      "project's own property before the framework's plugin property",
      { RD_CONFIG_SSM_WORKING_DIRECTORY: "/usr/bin" },
      {
        project: `project.${directory}=/usr`,
        framework: `framework.${plugin}=/usr/bin`,
      },
      "/usr",
    ],
    [
      "framework's plugin property",
      { RD_CONFIG_SSM_WORKING_DIRECTORY: "/usr/bin" },
      {
        framework: `framework.${plugin}=/usr/bin\nframework.${directory}=/usr`,
      },
      "/usr/bin",
    ],
    [
      "framework's own property",
      {},
      { framework: `framework.${directory}=/usr` },
      "/usr",
    ],
    [
      "farther one, if the nearer is empty",
      {
        RD_NODE_SSM_WORKING_DIRECTORY: "",
        RD_CONFIG_SSM_WORKING_DIRECTORY: "",
      },
      {
        project: `project.${plugin}=`,
        framework: `framework.${plugin}=/usr/lib`,
      },
      "/usr/lib",
    ],
  ])("the %s wins", async (_layer, variables, files, expected) => {
    const { stdout, stderr } = await run(files, variables);
    expect([stdout.toString(), stderr]).toEqual([`${expected}\n`, ""]);
  });
});

const wrong: [name: string, value: string][] = [
  ["ssm-execution-timeout", "4"],
  ["ssm-execution-timeout", "172801"],
  ["ssm-execution-timeout", "soon"],
  ["ssm-delivery-timeout", "29"],
  ["ssm-runner", "some"],
  ["ssm-sidecar", "maybe"],
  ["ssm-live-output", "perhaps"],
  ["ssm-output-limit", "-1"],
  ["log-retrieve-delay", "1.5"],
  ["ssm-document-name", "a b"],
  ["ssm-assume-role-arn", "deploy"],
  ["ssm-endpoint-url", "ftp://x"],
  ["ssm-pass-variables", "PATH"],
  ["cloudwatch-log-group", "no group"],
  ["ssm-profile", "${job.nothing}"],
];

describe("a wrong setting", () => {
  const variable = (name: string) => name.toUpperCase().replaceAll(/\W/g, "_");
  it.each(wrong)(
    "%s = %s: one line with name, value, node and layer; exit 78; nothing sent",
    async (name, value) => {
      const layers = [
        {
          layer: `node attribute ${name}`,
          more: {
            [`RD_NODE_${variable(name)}`]: value,
            [`RD_CONFIG_${variable(name)}`]: value,
          },
          files: {},
        },
        {
          layer: `project.plugin.NodeExecutor.awsssmexecutor.${name}`,
          more: { [`RD_CONFIG_${variable(name)}`]: value },
          files: {
            project: `project.plugin.NodeExecutor.awsssmexecutor.${name}=${value}`,
          },
        },
        {
          layer: `framework.${name}`,
          more: {},
          files: { framework: `framework.${name}=${value}` },
        },
      ];
      for (const { layer, more, files } of layers) {
        const { stderr, stdout, exitCode, calls } = await run(files, more);
        expect(stderr).toMatch(
          /^rundeck-ssm: setting-(?:invalid|missing): [^\n]+\n$/,
        );
        for (const part of [name, value, "web-1", layer])
          expect(stderr).toContain(part);
        expect([stdout.toString(), exitCode, calls]).toEqual(["", 78, 0]);
      }
    },
  );

  it("half of a key pair names both layers", async () => {
    const { stderr, exitCode } = await run(
      { project: "project.ssm-accessKeyId=AKIAHALF" },
      {},
    );
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/ssm-accessKeyId.*project\.ssm-accessKeyId/);
    expect(stderr).toContain("ssm-secretKey");
  });

  it("a secret that only a raw layer names gets the remedy, and is not shown", async () => {
    const { stderr, exitCode } = await run({
      project:
        "project.ssm-accessKeyId=AKIARAW\nproject.ssm-secretKey=keys/aws/secret",
    });
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/^rundeck-ssm: setting-invalid: [^\n]*Key Storage/);
  });

  it("a missing node attribute names it", async () => {
    const { stderr, exitCode } = await run(
      {},
      { RD_NODE_INSTANCEID: "", RD_NODE_HOSTNAME: "web-1.example.org" },
    );
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(/^rundeck-ssm: setting-missing: .*instanceId/);
  });
});
