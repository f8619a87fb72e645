import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import type { PolicyStatement } from "../../src/local/protocol.ts";
import { runPlugin } from "../support/plugin.ts";

const own = "111122223333";
const regions = ["us-east-1", "eu-west-1", "ap-southeast-2"];
const accounts = ["222233334444", "555566667777"];
const [role = "", other = ""] = accounts.map(
  (account) => `arn:aws:iam::${account}:role/rundeck`,
);
const assume: PolicyStatement = {
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Resource: [role, other],
};
const resources = z.record(
  z.string(),
  z.looseObject({
    instanceId: z.string(),
    region: z.string(),
    account: z.string(),
    "ssm-assume-role-arn": z.optional(z.string()),
  }),
);

let aws: LocalAws;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "list-nodes-"));
  const places = accounts.flatMap((account) =>
    regions.map((region) => ({ account, region })),
  );
  aws = await startLocalAws({
    folder,
    nodeSync: { administrator: own, homeRegion: "us-east-1" },
    nodes: [
      ...[...places, ...places].map((place, i) => ({
        ...place,
        tags: { Name: `web-${i}` },
      })),
      { instanceId: "mi-00000000000000abc", name: "till", region: "eu-west-1" },
      { region: "eu-west-1", state: "terminated" },
    ],
    instances: [{ instanceId: "i-0000000000000beef" }],
  });
  const { Statement } = await readPolicy();
  const policies = [{ Statement }];
  for (const arn of [role, other]) aws.identities.addRole({ arn, policies });
  aws.identities.add({
    accessKeyId: "AKIALOCAL",
    secretAccessKey: "local-secret",
    arn: `arn:aws:iam::${own}:user/rundeck`,
    account: own,
    policies: [{ Statement: [...Statement, assume] }],
  });
});
afterEach(async () => {
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

/** That of the document. */
async function readPolicy() {
  const text = await readFile("docs/nodes.md", "utf8");
  const [, policy = ""] =
    /policy:begin -->\s*```json\n(.*?)```/s.exec(text) ?? [];
  const statement = z.object({
    Effect: z.literal("Allow"),
    Action: z.array(z.string()),
    Resource: z.string(),
  });
  return z.object({ Statement: z.array(statement) }).parse(JSON.parse(policy));
}

/** As Rundeck starts the node source. */
async function run(more: Record<string, string> = {}) {
  const { stdout, stderr, exitCode } = await runPlugin("ResourceModelSource", {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: "AKIALOCAL",
    AWS_SECRET_ACCESS_KEY: "local-secret",
    AWS_REGION: aws.region,
    AWS_EC2_METADATA_DISABLED: "true",
    RD_RUNDECK_PROJECT: "shop",
    RD_PLUGIN_VARDIR: path.join(folder, "var"),
    RD_CONFIG_LIST_NODES: "true",
    RD_CONFIG_REGIONS: "all",
    ...more,
  });
  return { stdout: stdout.toString(), stderr, exitCode };
}

const nodesOf = (stdout: string) => resources.parse(JSON.parse(stdout));
const counts = () =>
  aws.requests.map(({ operation, region }) => `${operation} ${region}`);

test("one list has the nodes of three regions and three accounts, each with its account's role", async () => {
  const { stdout, ...ended } = await run({
    RD_CONFIG_ROLE_ARNS: `${role},${other}`,
  });
  expect(ended).toEqual({ stderr: "", exitCode: 0 });
  const nodes = nodesOf(stdout);
  expect(Object.keys(nodes)).toHaveLength(13);
  expect(nodes["web-4"]).toMatchObject({
    region: "eu-west-1",
    account: accounts[1],
    "ssm-assume-role": "true",
    "ssm-assume-role-arn": other,
    pingStatus: "Online",
    osFamily: "unix",
    state: "running",
    "tag:Name": "web-4",
  });
  expect(nodes["till"]).toMatchObject({ region: "eu-west-1", account: own });
  expect(nodes["till"]).not.toHaveProperty("ssm-assume-role-arn");
  const asked = counts();
  const ofLists = asked.filter((it) => it.startsWith("ListNodes"));
  expect(ofLists).toEqual(["ListNodes us-east-1"]);
  // six places of the roles, and the one of the credentials' own that has a node
  const ofEc2 = asked.filter((it) => it.startsWith("DescribeInstances"));
  expect(ofEc2).toHaveLength(7);
  expect(asked.join()).not.toMatch(/DescribeInstanceInformation|Regions/);
  expect(aws.requests.every(({ verified }) => verified)).toBe(true);
});

test("regions and roles narrow the list, and a line counts whom nobody reaches", async () => {
  const { stdout, stderr } = await run({
    RD_CONFIG_REGIONS: "eu-west-1,ap-southeast-2",
    RD_CONFIG_ROLE_ARNS: role,
  });
  const nodes = Object.values(nodesOf(stdout));
  expect(nodes.map(({ region, account }) => `${region} ${account}`)).toEqual([
    `eu-west-1 ${own}`,
    ...["eu-west-1", "ap-southeast-2", "eu-west-1", "ap-southeast-2"].map(
      (region) => `${region} ${accounts[0]}`,
    ),
  ]);
  expect(stderr).toBe(
    `rundeck-ssm: note: left out, since role-arns has no role of their accounts: 4 nodes of account ${accounts[1]}\n`,
  );
});

test("a list that is denied is the last one, and one line says why", async () => {
  const before = await run({ RD_CONFIG_ROLE_ARNS: `${role},${other}` });
  aws.faults.deniedActions.add("ssm:ListNodes");
  const { stdout, stderr, exitCode } = await run({
    RD_CONFIG_ROLE_ARNS: `${role},${other}`,
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual(JSON.parse(before.stdout));
  expect(stderr).toMatch(
    /^rundeck-ssm: note: region us-east-1: AWS denied ssm:ListNodes [^\n]+; set list-nodes \("true", property list-nodes of the node source\) to false to ask each region instead; listed as of \S+: 13 nodes\n$/,
  );
  const kept = path.join(folder, "var", "aws-ssm-nodes");
  const [report = ""] = (await readdir(kept)).filter((name) =>
    name.startsWith("report-"),
  );
  expect(await readFile(path.join(kept, report), "utf8")).toContain(
    stderr.replace("rundeck-ssm: ", ""),
  );
});

test("where no list is set up the source ends with what to do, without nodes", async () => {
  const { stdout, stderr, exitCode } = await run({ AWS_REGION: "eu-west-1" });
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 78 });
  expect(stderr).toMatch(
    /^rundeck-ssm: setting-invalid: region eu-west-1: AWS refused ssm:ListNodes: no list of all nodes [^\n]+ \(ResourceDataSyncNotFoundException\); [^\n]+ home region; set list-nodes [^\n]+\n$/,
  );
});
