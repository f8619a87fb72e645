import {
  DescribeInstanceInformationCommand,
  GetServiceSettingCommand,
} from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { handClock } from "../support/clock.ts";
import { openClient } from "../support/client.ts";

const setting = "/ssm/managed-instance/default-ec2-instance-management-role";

async function described(aws: LocalAws) {
  const { InstanceInformationList = [] } = await openClient(aws).send(
    new DescribeInstanceInformationCommand({}),
  );
  return InstanceInformationList;
}

async function readSetting(aws: LocalAws, SettingId = setting) {
  const { ServiceSetting } = await openClient(aws).send(
    new GetServiceSettingCommand({ SettingId }),
  );
  return ServiceSetting;
}

test("a node with an old agent is not on the latest version", async () => {
  await using aws = await startLocalAws({
    nodes: [{}, { agentVersion: "2.2.607.0" }],
  });
  expect(await described(aws)).toMatchObject([
    { IsLatestVersion: true },
    { IsLatestVersion: false, AgentVersion: "2.2.607.0" },
  ]);
});

test("a node that is offline was heard of when it went, one that is online just now", async () => {
  const clock = handClock();
  await using aws = await startLocalAws({ nodes: 1, clock });
  const [id = ""] = aws.instanceIds;
  const wentMs = clock.now();
  aws.nodes.get(id)?.goOffline();
  clock.advance(90_000);
  const lastPing = async () => (await described(aws))[0]?.LastPingDateTime;
  expect((await lastPing())?.getTime()).toBe(wentMs);
  aws.nodes.get(id)?.goOnline();
  expect((await lastPing())?.getTime()).toBe(clock.now());
});

// Source: Systems Manager API reference, ResetServiceSetting, its example.
test("Default Host Management has no role until it is set up", async () => {
  await using aws = await startLocalAws({ nodes: 0 });
  expect(await readSetting(aws)).toMatchObject({
    SettingId: setting,
    SettingValue: "$None",
    Status: "Default",
    ARN: `arn:aws:ssm:us-east-1:111122223333:servicesetting${setting}`,
  });
  await using set = await startLocalAws({
    nodes: 0,
    hostManagementRole: "service-role/Hosts",
  });
  expect(await readSetting(set)).toMatchObject({
    SettingValue: "service-role/Hosts",
    Status: "Customized",
  });
});

test("a service setting needs its right, and has to be one", async () => {
  await using aws = await startLocalAws({ nodes: 0 });
  await expect(readSetting(aws, "/ssm/other")).rejects.toMatchObject({
    name: "ServiceSettingNotFound",
  });
  aws.faults.deniedActions.add("ssm:GetServiceSetting");
  await expect(readSetting(aws)).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
});
