import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { runPlugin, startPlugin } from "../support/plugin.ts";
import type { PluginRun } from "../support/plugin.ts";

const account = "222233334444";
const role = `arn:aws:iam::${account}:role/rundeck`;
const policyForm = z.object({
  Statement: z.array(
    z.object({
      Effect: z.literal("Allow"),
      Action: z.array(z.string()),
      Resource: z.string(),
    }),
  ),
});
const resources = z.record(
  z.string(),
  z.record(z.string(), z.union([z.string(), z.array(z.string())])),
);

let aws: LocalAws;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "nodes-"));
  aws = await startLocalAws({
    folder,
    nodes: [
      { tags: { Name: "web", Env: "prod" } },
      { tags: { Name: "web", Env: "test" }, platform: "windows" },
      {
        instanceId: "mi-00000000000000abc",
        name: "till",
        tags: { Env: "prod" },
      },
      { region: "eu-west-1", state: "offline" },
      { region: "eu-west-1", account, tags: { Name: "theirs" } },
    ],
    instances: [{ instanceId: "i-0000000000000beef", tags: { Env: "prod" } }],
  });
});
afterEach(async () => {
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

function server(): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: "AKIALOCAL",
    AWS_SECRET_ACCESS_KEY: "local-secret",
    AWS_REGION: aws.region,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** As Rundeck starts the node source. */
function source(more: Record<string, string> = {}): Record<string, string> {
  return {
    ...server(),
    RD_RUNDECK_PROJECT: "shop",
    RD_PLUGIN_VARDIR: path.join(folder, "var"),
    ...more,
  };
}

const run = (more?: Record<string, string>) =>
  runPlugin("ResourceModelSource", source(more));

function nodesOf({ stdout, stderr, exitCode }: PluginRun) {
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  return resources.parse(JSON.parse(stdout.toString()));
}

/** `rundeck-ssm nodes …`, by hand. */
function byHand(words: string[], more: Record<string, string> = {}) {
  const script = path.join(inject("build").contents, "rundeck-ssm");
  const env = {
    ...server(),
    PATH: process.env["PATH"],
    HOME: folder,
    ...more,
  };
  return new Promise<{ stdout: string; stderr: string; code: number }>(
    (resolve) => {
      execFile(
        "/bin/bash",
        [script, "nodes", ...words],
        { env },
        (error, stdout, stderr) => {
          const code = typeof error?.code === "number" ? error.code : 0;
          resolve({ stdout, stderr, code });
        },
      );
    },
  );
}

describe("the node source", () => {
  test("prints the managed nodes of the region, by name, and nothing else", async () => {
    const nodes = nodesOf(await run());
    expect(Object.keys(nodes)).toEqual([
      "till",
      "web-i-00000000000000001",
      "web-i-00000000000000002",
    ]);
    expect(nodes["web-i-00000000000000002"]).toMatchObject({
      nodename: "web-i-00000000000000002",
      instanceId: "i-00000000000000002",
      osFamily: "windows",
      "tag:Env": "test",
      "node-executor": "awsssmexecutor",
      "file-copier": "aws-ssm-copier",
      tags: ["ec2", "running"],
    });
    expect(nodes["till"]).toMatchObject({
      instanceId: "mi-00000000000000abc",
      hostname: "10.0.10.188",
      privateIpAddress: "10.0.10.188",
      "tag:Env": "prod",
    });
  });

  test("asks each account by its role, with the external id, and says so on its nodes", async () => {
    aws.identities.addRole({ arn: role, externalId: "agreed" });
    const of = { RD_CONFIG_ROLE_ARNS: role, RD_CONFIG_REGIONS: "eu-west-1" };
    const nodes = nodesOf(
      await run({ ...of, RD_CONFIG_SSM_EXTERNAL_ID: "agreed" }),
    );
    expect(nodes).toEqual({
      theirs: expect.objectContaining({
        account,
        "ssm-assume-role": "true",
        "ssm-assume-role-arn": role,
        "ssm-external-id": "agreed",
      }),
    });
    const session = aws.requests.find(({ service }) => service === "sts");
    expect(session?.input).toMatchObject({
      RoleSessionName: "rundeck-shop-nodes",
    });
    const { exitCode, stderr, stdout } = await run(of);
    expect(exitCode).toBe(77);
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(
      /^rundeck-ssm: access-denied: region eu-west-1, role arn:[^\n]+ sts:AssumeRole [^\n]+ role-arns \([^\n]+\n$/,
    );
  });

  test("asks every region, and leaves out who is offline, where that is wanted", async () => {
    const everywhere = { RD_CONFIG_REGIONS: "all" };
    expect(Object.keys(nodesOf(await run(everywhere)))).toContain(
      "i-00000000000000004",
    );
    const online = { ...everywhere, RD_CONFIG_INCLUDE_OFFLINE: "false" };
    expect(Object.keys(nodesOf(await run(online)))).toHaveLength(3);
  });

  test("filters both kinds of nodes", async () => {
    const nodes = nodesOf(await run({ RD_CONFIG_FILTER: "tag:Env=pr*;" }));
    expect(Object.keys(nodes)).toEqual(["till", "web"]);
    const none = await run({ RD_CONFIG_FILTER: "tag:Env=none" });
    expect(none.stdout.toString()).toBe("{}\n");
    expect(none.exitCode).toBe(0);
  });

  test("maps attributes as it is told", async () => {
    const nodes = nodesOf(
      await run({
        RD_CONFIG_MAPPING_PARAMS:
          "stage.selector=tags/Env;tags.selector=tags/Env|tags/Name",
        RD_CONFIG_DEFAULT_ATTRIBUTES: "ssm-run-as=app",
        RD_CONFIG_NODE_NAME: "instanceId",
      }),
    );
    expect(nodes["i-00000000000000001"]).toMatchObject({
      stage: "prod",
      "ssm-run-as": "app",
      tags: ["prod", "web", "running"],
    });
  });

  test("keeps the nodes of a region that fails, and says why in its file too", async () => {
    const before = nodesOf(await run());
    aws.faults.deniedActions.add("ssm:DescribeInstanceInformation");
    const { stdout, stderr, exitCode } = await run();
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout.toString())).toEqual(before);
    const reason =
      /region us-east-1: AWS denied ssm:DescribeInstanceInformation [^\n]+; listed as of \S+: 3 nodes\n/;
    expect(stderr).toMatch(new RegExp(`^rundeck-ssm: note: ${reason.source}$`));
    const kept = path.join(folder, "var", "aws-ssm-nodes");
    const [report = ""] = (await readdir(kept)).filter((name) =>
      name.startsWith("report-"),
    );
    expect(await readFile(path.join(kept, report), "utf8")).toMatch(reason);
    const files = await Promise.all(
      (await readdir(kept)).map((name) => readFile(path.join(kept, name))),
    );
    expect(Buffer.concat(files).includes("local-secret")).toBe(false);
  });

  test("ends with the failure's code, without nodes, where there is nothing from before", async () => {
    aws.faults.deniedActions.add("ssm:DescribeInstanceInformation");
    const { stdout, stderr, exitCode } = await run({
      RD_CONFIG_REGIONS: "us-east-1,eu-west-1",
    });
    expect(exitCode).toBe(77);
    expect(stdout.toString()).toBe("");
    expect(stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^rundeck-ssm: note: region eu-west-1: AWS denied/),
      expect.stringMatching(
        /^rundeck-ssm: access-denied: region us-east-1: AWS denied/,
      ),
    ]);
  });

  test("names a filter that EC2 does not know", async () => {
    const { stderr, exitCode } = await run({ RD_CONFIG_FILTER: "colour=red" });
    expect(exitCode).toBe(78);
    expect(stderr).toMatch(
      /^rundeck-ssm: aws-refused: region us-east-1: AWS refused ec2:DescribeInstances with InvalidParameterValue: correct filter \("colour=red", property filter of the node source\)\n$/,
    );
  });

  test("needs no more than the documented policy", async () => {
    const text = await readFile("docs/nodes.md", "utf8");
    const [, policy = ""] =
      /policy:begin -->\s*```json\n(.*?)```/s.exec(text) ?? [];
    aws.identities.add({
      accessKeyId: "AKIALOCAL",
      secretAccessKey: "local-secret",
      arn: `arn:aws:iam::${aws.account}:user/rundeck`,
      account: aws.account,
      policies: [policyForm.parse(JSON.parse(policy))],
    });
    const nodes = nodesOf(await run({ RD_CONFIG_REGIONS: "all" }));
    expect(nodes["till"]).toMatchObject({ "tag:Env": "prod" });
    expect(aws.requests.every(({ verified }) => verified)).toBe(true);
  });

  test("a signal ends it, without nodes", async () => {
    aws.faults.add({
      kind: "silent",
      when: "before",
      operation: "DescribeInstanceInformation",
    });
    const running = startPlugin("ResourceModelSource", source());
    while (!aws.requests.some(({ service }) => service === "ssm"))
      await running.passed(20);
    running.kill("SIGTERM");
    const { exitCode, stdout, stderr } = await running.ended;
    expect(exitCode).toBe(143);
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(
      /^rundeck-ssm: cancelled: the list of nodes [^\n]+\n$/,
    );
  });
});

describe("rundeck-ssm nodes", () => {
  test("shows a table, or Rundeck's own form as the source prints it", async () => {
    const { stdout, stderr, code } = await byHand([]);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout.split("\n")[1]).toMatch(
      /^till +mi-00000000000000abc +us-east-1 +111122223333 +- +Online +Debian/,
    );
    const printed = await byHand(["--format", "resourcejson"]);
    expect(JSON.parse(printed.stdout)).toEqual(nodesOf(await run()));
  });

  test("takes the source's properties as options", async () => {
    const { stdout } = await byHand([
      "--regions=all",
      "--filter=tag:Env=prod",
      "--NODE-NAME=instanceId",
      "--format=json",
    ]);
    expect(JSON.parse(stdout)).toMatchObject([
      { nodename: "i-00000000000000001" },
      { nodename: "mi-00000000000000abc" },
    ]);
  });

  test("says what it could not ask, and prints the last good answer", async () => {
    const first = await byHand([]);
    aws.faults.deniedActions.add("ec2:DescribeInstances");
    aws.faults.deniedActions.add("ssm:DescribeInstanceInformation");
    const again = await byHand([]);
    expect(again).toMatchObject({ stdout: first.stdout, code: 0 });
    expect(again.stderr).toMatch(/^rundeck-ssm: note: region us-east-1: /);
  });

  test("prints no answer of other credentials of the environment", async () => {
    const first = await byHand([]);
    aws.faults.deniedActions.add("ssm:DescribeInstanceInformation");
    for (const other of [
      { AWS_ACCESS_KEY_ID: "AKIAOTHER" },
      { AWS_PROFILE: "other" },
      { AWS_ENDPOINT_URL_SSM: aws.endpoint },
    ]) {
      const { stdout, code } = await byHand([], other);
      expect({ stdout, code }).toEqual({ stdout: "", code: 77 });
    }
    const again = await byHand([]);
    expect(again).toMatchObject({ stdout: first.stdout, code: 0 });
  });

  test.each([
    [["--format", "xml"], /--format is "xml": it must be one of: table/],
    [["--filter", "Env"], /filter is "Env", from option --filter: it must be/],
    [["--ssm-secretKey", "x"], /ssm-secretKey must not be given as an option/],
    [["here"], /nodes has options alone/],
    [["--regions", "all", "--Regions", "all"], /--regions and --Regions are/],
    [["--bucket", "x"], /there is no option "--bucket"/],
  ])("%j is 78, in one line", async (words, line) => {
    const { stdout, stderr, code } = await byHand(words);
    expect(code).toBe(78);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^rundeck-ssm: setting-\w+: [^\n]+\n$/);
    expect(stderr).toMatch(line);
  });
});
