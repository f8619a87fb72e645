import { describe, expect, test } from "vitest";
import type { FoundNode } from "../../src/nodes/read-scope.ts";
import { describeSourceNode } from "../../src/nodes/source-node.ts";
import type { NodeWishes } from "../../src/nodes/source-node.ts";

const roleArn = "arn:aws:iam::222233334444:role/rundeck";
const instance: FoundNode = {
  instanceId: "i-0123456789abcdef0",
  scope: { region: "eu-west-1", roleArn },
  kind: "instance",
  ping: "Online",
  tags: { Name: " web 1 ", Env: "prod", "Rundeck-Tags": "web, eu" },
  details: {
    instanceId: "i-0123456789abcdef0",
    region: "eu-west-1",
    account: "222233334444",
    osFamily: "windows",
    platformName: "Microsoft Windows Server 2022 Datacenter",
    platformVersion: "10.0.20348",
    architecture: "x86_64",
    computerName: "WEB1",
    ipAddress: "10.0.0.1",
    privateIpAddress: "10.0.0.1",
    privateDnsName: "ip-10-0-0-1.eu-west-1.compute.internal",
    publicDnsName: "ec2-203-0-113-9.eu-west-1.compute.amazonaws.com",
    placement: { availabilityZone: "eu-west-1a" },
    instanceType: "t3.micro",
    state: { name: "running" },
    pingStatus: "Online",
    agentVersion: "3.3.0.0",
    consoleUrl: "https://console/i",
  },
};
const hybrid: FoundNode = {
  instanceId: "mi-0123456789abcdef0",
  scope: { region: "eu-west-1" },
  kind: "hybrid",
  ping: "ConnectionLost",
  tags: {},
  details: {
    instanceId: "mi-0123456789abcdef0",
    region: "eu-west-1",
    osFamily: "unix",
    platformName: "Ubuntu",
    platformVersion: "24.04",
    computerName: "till-7.shop.example",
    ipAddress: "192.168.0.7",
    pingStatus: "ConnectionLost",
  },
};
const plain: NodeWishes = { mapping: new Map(), attributes: new Map() };

describe("an instance", () => {
  test("has the attributes of the EC2 source, and what SSM knows", () => {
    expect(describeSourceNode(instance, plain)).toEqual({
      instanceId: "i-0123456789abcdef0",
      name: "web 1",
      attributes: {
        "node-executor": "awsssmexecutor",
        "file-copier": "aws-ssm-copier",
        "ssm-assume-role": "true",
        "ssm-assume-role-arn": roleArn,
        "tag:Name": "web 1",
        "tag:Env": "prod",
        "tag:Rundeck-Tags": "web, eu",
        hostname: "ec2-203-0-113-9.eu-west-1.compute.amazonaws.com",
        username: "ec2-user",
        description: "Microsoft Windows Server 2022 Datacenter 10.0.20348",
        editUrl: "https://console/i",
        instanceId: "i-0123456789abcdef0",
        region: "eu-west-1",
        account: "222233334444",
        osFamily: "windows",
        osName: "Microsoft Windows Server 2022 Datacenter",
        osVersion: "10.0.20348",
        osArch: "x86_64",
        state: "running",
        privateIpAddress: "10.0.0.1",
        privateDnsName: "ip-10-0-0-1.eu-west-1.compute.internal",
        availabilityZone: "eu-west-1a",
        instanceType: "t3.micro",
        pingStatus: "Online",
        agentVersion: "3.3.0.0",
      },
      tags: ["web", "eu", "running"],
    });
  });

  test("has its id as its name where EC2 tells nothing of it", () => {
    const untold = { ...instance, tags: {} };
    expect(describeSourceNode(untold, plain).name).toBe(instance.instanceId);
  });
});

test("a hybrid node is called as it was registered, or as it calls itself", () => {
  const called = (name?: string) =>
    describeSourceNode(
      {
        ...hybrid,
        details: { ...hybrid.details, ...(name ? { name } : {}) },
      },
      plain,
    );
  expect(called("till 7").name).toBe("till 7");
  expect(called()).toMatchObject({
    name: "till-7.shop.example",
    attributes: {
      hostname: "192.168.0.7",
      privateIpAddress: "192.168.0.7",
      pingStatus: "ConnectionLost",
    },
    tags: ["hybrid"],
  });
  expect(called().attributes).not.toHaveProperty("ssm-assume-role-arn");
  expect(called().attributes).not.toHaveProperty("username");
});

describe("what the user says of a node", () => {
  const wish = (wishes: Partial<NodeWishes>) =>
    describeSourceNode(instance, { ...plain, ...wishes });

  test("a mapping comes before all, then default attributes, then our own", () => {
    const { attributes, tags } = wish({
      mapping: new Map([
        ["node-executor.default", "sshj-ssh"],
        ["owner.selector", "tags/Env"],
        ["tags.default", "none"],
        ["tags.selector", ""],
        ["tag.running.selector", ""],
      ]),
      attributes: new Map([
        ["username", "admin"],
        ["owner", "nobody"],
        ["ssm-run-as", "app"],
      ]),
    });
    expect(attributes).toMatchObject({
      "node-executor": "sshj-ssh",
      owner: "prod",
      username: "admin",
      "ssm-run-as": "app",
    });
    expect(tags).toEqual(["none"]);
  });

  test("a node's name is that of its selector, or its host name", () => {
    expect(wish({ nodeName: "tags/Env+'-'+instanceId" }).name).toBe(
      "prod-i-0123456789abcdef0",
    );
    expect(wish({ nodeName: "tags/Nope" }).name).toBe(
      "ec2-203-0-113-9.eu-west-1.compute.amazonaws.com",
    );
  });

  test("id and region are there whatever a mapping says", () => {
    const { attributes } = wish({
      mapping: new Map([
        ["instanceId.selector", ""],
        ["region.selector", "tags/Nope"],
      ]),
    });
    expect(attributes).toMatchObject({
      instanceId: instance.instanceId,
      region: "eu-west-1",
    });
  });

  test("an external id goes with its role", () => {
    expect(wish({ externalId: "agreed" }).attributes).toMatchObject({
      "ssm-external-id": "agreed",
    });
  });

  test("a tag can't become what is no text in Rundeck's form, nor what runs commands", () => {
    const tricky = {
      ...instance,
      tags: { tags: "x", attributes: "y", "node-executor": "z", nodename: "n" },
    };
    const { attributes, name } = describeSourceNode(tricky, {
      ...plain,
      mapping: new Map([["attributes.selector", "tags/*"]]),
    });
    expect(attributes).not.toHaveProperty("tags");
    expect(attributes).not.toHaveProperty("attributes");
    expect(attributes["tag:tags"]).toBe("x");
    expect(attributes["node-executor"]).toBe("awsssmexecutor");
    expect(name).toBe(instance.instanceId);
  });
});
