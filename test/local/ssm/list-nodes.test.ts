import { ListNodesCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ListNodesCommandInput } from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { startLocalAws } from "../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../src/local/local-aws.ts";
import { openClient } from "../support/client.ts";

const account = "222233334444";
const SyncName = "AWS-QuickSetup-ManagedNode";
const nodeSync = { administrator: "111122223333", homeRegion: "us-east-1" };
const nodes = [{ region: "eu-west-1", account }, { state: "offline" as const }];
const instances = [{ instanceId: "i-0000000000000beef" }];

async function list(
  aws: LocalAws,
  input: ListNodesCommandInput,
  client = openClient(aws),
) {
  const { Nodes = [] } = await client.send(new ListNodesCommand(input));
  return Nodes;
}

test("the sync has the nodes of all accounts and regions, and machines without an agent", async () => {
  await using aws = await startLocalAws({ nodeSync, nodes, instances });
  const [west = "", own = ""] = aws.instanceIds;
  expect(await list(aws, { SyncName })).toMatchObject([
    {
      Id: west,
      Owner: { AccountId: account },
      Region: "eu-west-1",
      CaptureTime: expect.any(Date),
      NodeType: {
        Instance: { InstanceStatus: "Active", ManagedStatus: "Managed" },
      },
    },
    { Id: own, NodeType: { Instance: { InstanceStatus: "ConnectionLost" } } },
    { NodeType: { Instance: { ManagedStatus: "Unmanaged" } } },
  ]);
  const idsOf = async (input: ListNodesCommandInput) =>
    (await list(aws, input)).map(({ Id }) => Id);
  const managed = { Key: "ManagedStatus", Values: ["Managed"] } as const;
  const filters = (...Filters: ListNodesCommandInput["Filters"] & object) =>
    idsOf({ SyncName, Filters });
  expect(
    await filters({ ...managed, Values: ["Managed"], Type: "Equal" }),
  ).toEqual([west, own]);
  expect(
    await filters({ Key: "AccountId", Values: [account], Type: "NotEqual" }),
  ).toEqual([own, "i-0000000000000beef"]);
  expect(
    await filters({ Key: "Region", Values: ["eu-"], Type: "BeginWith" }),
  ).toEqual([west]);
  // without the sync it is the account's own region
  expect(await idsOf({})).toEqual([own, "i-0000000000000beef"]);
});

// the names: SSM API reference, ListNodes, "Errors"
test("where no sync is, or another one, AWS has names for it", async () => {
  await using none = await startLocalAws({ nodes });
  const unset = { name: "UnsupportedOperationException" };
  await expect(list(none, {})).rejects.toMatchObject(unset);
  await expect(list(none, { SyncName })).rejects.toMatchObject(unset);
  await using aws = await startLocalAws({ nodeSync, nodes });
  const unknown = { name: "ResourceDataSyncNotFoundException" };
  await expect(list(aws, { SyncName: "mine" })).rejects.toMatchObject(unknown);
  const credentials = { accessKeyId: "AKIAANY", secretAccessKey: "any" };
  const { endpoint } = aws;
  const away = new SSMClient({ endpoint, region: "eu-west-1", credentials });
  await expect(list(aws, { SyncName }, away)).rejects.toMatchObject(unknown);
});
