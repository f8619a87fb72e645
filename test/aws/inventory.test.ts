import { expect, test } from "vitest";
import { openInventory } from "../../src/aws/inventory.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { openClients } from "../../src/services/clients.ts";
import { askerOf } from "../support/asker.ts";
import { call } from "../support/ports.ts";

function open(aws: LocalAws) {
  const clock = systemClock();
  const environment = {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: "AKIAANYBODY",
    AWS_SECRET_ACCESS_KEY: "any",
  };
  const asker = askerOf({ attributes: { region: aws.region }, environment });
  return openInventory(openClients(asker, clock)("ssm"), clock);
}

test("nodes come in pages of fifty, with all that SSM tells by its own names", async () => {
  await using aws = await startLocalAws({ nodes: 60, windows: 1 });
  const inventory = open(aws);
  const first = await inventory.nodes(call);
  const last = await inventory.nodes(call, first.next);
  expect([first.nodes.length, last.nodes.length]).toEqual([50, 11]);
  expect(last.next).toBeUndefined();
  expect(last.nodes.at(-1)).toMatchObject({
    instanceId: "i-00000000000000061",
    ping: "Online",
    platform: "Windows",
    details: {
      ipAddress: "10.0.0.97",
      computerName: "node-61.local",
      agentVersion: "3.3.0.0",
      isLatestVersion: "true",
      platformName: "Microsoft Windows Server 2022 Datacenter",
      lastPingDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    },
  });
  inventory.close();
});

test("a list of all accounts and regions comes in pages of fifty, in the words of the other", async () => {
  const account = "222233334444";
  await using aws = await startLocalAws({
    nodeSync: { administrator: "111122223333", homeRegion: "us-east-1" },
    nodes: [
      { region: "eu-west-1", account },
      { state: "offline" },
      { ec2: { state: "stopped" } },
      ...Array.from({ length: 50 }, () => ({})),
    ],
    instances: [{ instanceId: "i-0000000000000beef" }],
  });
  const inventory = open(aws);
  const first = await inventory.listed(call);
  const last = await inventory.listed(call, first.next);
  expect([first.nodes.length, last.nodes.length]).toEqual([49, 3]);
  expect(last.next).toBeUndefined();
  const [theirs, lost] = first.nodes;
  expect(theirs).toMatchObject({ region: "eu-west-1", account });
  expect(lost).toMatchObject({ ping: "ConnectionLost" });
  const own = (await inventory.nodes(call)).nodes.find(
    ({ instanceId }) => instanceId === last.nodes[0]?.instanceId,
  );
  const { instanceId, ping, platform, details = {} } = own ?? {};
  const { lastPingDateTime: _, isLatestVersion: __, ...told } = details;
  expect(last.nodes[0]).toMatchObject({
    instanceId,
    ping,
    platform,
    details: told,
  });
  inventory.close();
});

test("where no list is set up the line says what to do", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const inventory = open(aws);
  await expect(inventory.listed(call)).rejects.toMatchObject({
    code: "setting-invalid",
    message: expect.stringMatching(
      /AWS refused ssm:ListNodes: no list of all nodes is set up for this account in this region \(UnsupportedOperationException\); set up Systems Manager's unified console/,
    ),
  });
  inventory.close();
});

test("a hybrid node's tags are told, and a denial names the action", async () => {
  const instanceId = "mi-00000000000000abc";
  await using aws = await startLocalAws({
    nodes: [{ instanceId, tags: { Env: "prod", Empty: "" } }],
  });
  const inventory = open(aws);
  expect(await inventory.tags(instanceId, call)).toEqual({
    Env: "prod",
    Empty: "",
  });
  aws.faults.deniedActions.add("ssm:ListTagsForResource");
  await expect(inventory.tags(instanceId, call)).rejects.toMatchObject({
    code: "access-denied",
    failure: { denied: true, whose: "aws" },
    message: expect.stringContaining("ssm:ListTagsForResource"),
  });
  inventory.close();
});
