import { afterEach, describe, expect, it } from "vitest";
import type { Check } from "../../src/doctor/check.ts";
import { otherRegions } from "../../src/doctor/node/regions.ts";
import { checkNode } from "../../src/doctor/node/node.ts";
import {
  type LocalAws,
  type LocalAwsOptions,
  startLocalAws,
} from "../../src/local/local-aws.ts";
import { checkOf, contextOf, lacking, rundeck } from "../support/doctor.ts";

let aws: LocalAws | undefined;
afterEach(async () => aws?.close());

type Asked = {
  /** Of the local AWS. */
  local?: LocalAwsOptions;
  instanceId?: string;
  attributes?: Record<string, string>;
  denied?: string[];
};

async function look({ local, denied = [], ...given }: Asked): Promise<Check[]> {
  aws = await startLocalAws({ nodes: 1, strict: true, ...local });
  aws.identities.add({ ...rundeck, policies: lacking(...denied) });
  return checkNode(contextOf(aws, given));
}

const id = "i-0123456789abcdef0";
/** A machine without an agent that Systems Manager has heard of. */
const machine = (more: object): LocalAwsOptions => ({
  nodes: 0,
  instances: [{ instanceId: id, ...more }],
});

describe("a node that takes commands", () => {
  it("is told with its agent, platform and role", async () => {
    const checks = await look({});
    expect(checks).toMatchObject([
      { name: "registration", state: "ok" },
      { name: "agent", state: "ok", says: "3.3.0.0" },
      {
        name: "platform",
        state: "ok",
        says: "Debian GNU/Linux 12, osFamily unix",
      },
      { name: "role", state: "ok", says: "the instance profile local-node" },
    ]);
    expect(checks[0]?.says).toMatch(
      /^Online, heard of at 20\d\d-.*Z, computer name node-1\.local$/,
    );
  });

  it("without an instance profile is one of Default Host Management", async () => {
    const checks = await look({
      local: { nodes: [{ ec2: { profileArn: undefined } }] },
    });
    expect(checkOf(checks, "role").says).toMatch(/^no instance profile/);
  });

  it("whose machine may not be asked for has a role that is not told", async () => {
    const checks = await look({ denied: ["ec2:DescribeInstances"] });
    expect(checkOf(checks, "role")).toMatchObject({
      state: "unknown",
      says: expect.stringContaining("ec2:DescribeInstances"),
    });
    expect(checkOf(checks, "registration").state).toBe("ok");
  });

  // Source: the release notes of amazon-ssm-agent: CloudWatch output came with 2.2.800.0, aws:downloadContent with 2.2.45.0
  it.each([
    ["3.2.2303.0", {}, "ok", /^3\.2\.2303\.0, not the latest$/],
    ["2.3.1319.0", {}, "warning", /versions before 3/],
    [
      "2.2.619.0",
      { "cloudwatch-log-group": "commands" },
      "warning",
      /older than 2\.2\.800\.0, which cloudwatch-log-group needs/,
    ],
    [
      "2.2.30.0",
      { "ssm-copier-bucket": "files" },
      "warning",
      /older than 2\.2\.45\.0, which ssm-copier-bucket needs/,
    ],
  ] as const)(
    "with the agent %s and %j is %s",
    async (agentVersion, attributes, state, says) => {
      const checks = await look({
        local: { nodes: [{ agentVersion }] },
        attributes,
      });
      const agent = checkOf(checks, "agent");
      expect(agent.state).toBe(state);
      expect(agent.says).toMatch(says);
      expect(agent.remedy).toContain("AWS-UpdateSSMAgent");
    },
  );

  it("of another platform than its osFamily is refused every document", async () => {
    const checks = await look({ attributes: { osFamily: "windows" } });
    expect(checkOf(checks, "platform")).toMatchObject({
      state: "problem",
      code: "setting-invalid",
      remedy: "set the node's attribute osFamily to unix",
    });
  });
});

describe("a node that Systems Manager does not have", () => {
  it.each([
    ["stopped", "the instance is stopped", /^start it$/],
    ["stopping", "the instance is stopping", /^start it$/],
    ["terminated", "the instance is terminated", /node source/],
    ["pending", "the instance is starting", /in a minute/],
  ] as const)("since it is %s", async (state, says, remedy) => {
    const checks = await look({ local: machine({ state }), instanceId: id });
    const check = checkOf(checks, "registration");
    expect(check).toMatchObject({ state: "problem", code: "node-unreachable" });
    expect(check.says).toBe(
      `Systems Manager has no node ${id} in us-east-1: ${says}`,
    );
    expect(check.remedy).toMatch(remedy);
    expect(checks.slice(1).map((other) => other.state)).toEqual([
      "skipped",
      "skipped",
      "skipped",
    ]);
  });

  it.each([
    [
      "nothing manages it",
      {},
      [],
      /no instance profile, and Default Host Management is not set up in us-east-1$/,
    ],
    [
      "it may not be asked what manages it",
      {},
      ["ssm:GetServiceSetting"],
      /no instance profile; whether .* is not told/,
    ],
    [
      "Default Host Management has not reached it",
      { hostManagementRole: "service-role/Hosts" },
      [],
      /is set up with service-role\/Hosts, and its agent has not registered$/,
    ],
  ] as const)(
    "since it has no profile and %s",
    async (_, local, denied, says) => {
      const checks = await look({
        local: { ...machine({ profileArn: undefined }), ...local },
        instanceId: id,
        denied: [...denied],
      });
      const check = checkOf(checks, "registration");
      expect(check.says).toMatch(says);
      expect(check.remedy).toContain("AmazonSSMManagedInstanceCore");
    },
  );

  it("though it has a profile has an agent that is not heard of", async () => {
    const checks = await look({ local: machine({}), instanceId: id });
    expect(checkOf(checks, "registration")).toMatchObject({
      says: expect.stringContaining("runs with the profile local-node"),
      remedy: expect.stringContaining("ssmmessages.us-east-1"),
    });
  });

  it.each([
    [
      "managed there",
      { nodes: [{ instanceId: id, region: "eu-west-3" }] },
      "Online",
    ],
    [
      "stopped there",
      machine({ region: "eu-west-3", state: "stopped" }),
      "stopped",
    ],
  ])("is in another region: %s", async (_, local, state) => {
    const checks = await look({ local, instanceId: id });
    expect(checkOf(checks, "registration")).toMatchObject({
      state: "problem",
      says: expect.stringContaining(
        `it is in eu-west-3 (${state}), not in us-east-1`,
      ),
      remedy: "set the node's region to eu-west-3",
    });
  });

  it("is another account's: the account that was asked is named, and how many regions", async () => {
    const checks = await look({
      local: machine({ account: "444455556666" }),
      instanceId: id,
    });
    expect(checkOf(checks, "registration")).toMatchObject({
      says: expect.stringMatching(
        /the account 111122223333 has no such instance in us-east-1, nor in 16 other regions/,
      ),
      remedy: expect.stringContaining("ssm-assume-role-arn"),
    });
  });

  it("is a hybrid node that nobody registered", async () => {
    const checks = await look({ instanceId: "mi-0123456789abcdef0" });
    expect(checkOf(checks, "registration").says).toContain(
      "no such hybrid node in us-east-1, nor in 16 other regions",
    );
    expect(aws?.requests.map(({ service }) => service)).not.toContain("ec2");
  });

  it("where EC2 may not be asked: the reason is not known, and what to look at is told", async () => {
    const checks = await look({
      local: machine({ state: "stopped" }),
      instanceId: id,
      denied: ["ec2:DescribeInstances"],
    });
    expect(checkOf(checks, "registration")).toMatchObject({
      state: "problem",
      says: expect.stringContaining("why is not known"),
      remedy: expect.stringContaining("ec2:DescribeInstances"),
    });
  });

  it("keeps a trip from being made", async () => {
    aws = await startLocalAws({ nodes: 0 });
    const context = contextOf(aws, { instanceId: id });
    await checkNode(context);
    expect(context.known.lacks.get("node")).toBe("node: registration");
  });
});

describe("a node that Systems Manager has lost", () => {
  it("is told since when, and what EC2 says of it", async () => {
    const checks = await look({ local: { nodes: [{ state: "offline" }] } });
    const check = checkOf(checks, "registration");
    expect(check).toMatchObject({ state: "problem", code: "node-unreachable" });
    expect(check.says).toMatch(
      /^Systems Manager has lost the node \(ConnectionLost since 20.*Z\): the instance runs with the profile local-node/,
    );
    // what is known of it counts, too
    expect(checkOf(checks, "agent").state).toBe("ok");
  });
});

it("that may not be asked for is no problem: a run does without", async () => {
  const checks = await look({ denied: ["ssm:DescribeInstanceInformation"] });
  expect(checks).toMatchObject([
    {
      name: "registration",
      state: "warning",
      remedy: expect.stringContaining("ssm:DescribeInstanceInformation"),
    },
    { name: "agent", state: "unknown" },
    { name: "platform", state: "unknown" },
    { name: "role", state: "unknown" },
  ]);
});

it("looks into the regions of the node's own partition alone", () => {
  expect(otherRegions("cn-north-1")).toEqual(["cn-northwest-1"]);
  expect(otherRegions("us-gov-east-1")).toEqual(["us-gov-west-1"]);
  expect(otherRegions("us-iso-east-1")).toEqual([]);
  expect(otherRegions("eu-south-2")).toHaveLength(17);
  expect(otherRegions("us-east-1")).not.toContain("us-east-1");
});
