import {
  DescribeInstanceInformationCommand,
  ListTagsForResourceCommand,
  SendCommandCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { startLocalAws } from "../../../src/local/local-aws.ts";
import { openClient, send } from "../support/client.ts";

const hybrid = "mi-00000000000000abc";

test("a hybrid node has its registration and its tags in SSM, and no machine in EC2", async () => {
  await using aws = await startLocalAws({
    nodes: [{ instanceId: hybrid, name: "shop till", tags: { Env: "prod" } }],
  });
  const { InstanceInformationList } = await openClient(aws).send(
    new DescribeInstanceInformationCommand({}),
  );
  expect(InstanceInformationList).toMatchObject([
    {
      InstanceId: hybrid,
      Name: "shop till",
      ResourceType: "ManagedInstance",
      IPAddress: "10.0.10.188",
      IamRole: "local-hybrid-node",
      ActivationId: expect.any(String),
      RegistrationDate: expect.any(Date),
    },
  ]);
  const tagsOf = (ResourceId: string) =>
    openClient(aws).send(
      new ListTagsForResourceCommand({
        ResourceType: "ManagedInstance",
        ResourceId,
      }),
    );
  expect(await tagsOf(hybrid)).toMatchObject({
    TagList: [{ Key: "Env", Value: "prod" }],
  });
  await expect(tagsOf("mi-00000000000000bad")).rejects.toMatchObject({
    name: "InvalidResourceId",
  });
  expect(aws.instances.size).toBe(0);
});

test("a stopped machine is not listed, one whose agent is silent is", async () => {
  await using aws = await startLocalAws({
    nodes: [{ ec2: { state: "stopped" } }, { state: "offline" }],
  });
  const { InstanceInformationList } = await openClient(aws).send(
    new DescribeInstanceInformationCommand({}),
  );
  expect(InstanceInformationList).toMatchObject([
    { InstanceId: aws.instanceIds[1], PingStatus: "ConnectionLost" },
  ]);
});

test("nodes are lists of their own account and region, and take commands there alone", async () => {
  const other = "222233334444";
  await using aws = await startLocalAws({
    nodes: [{ region: "eu-west-1", account: other }, {}],
  });
  const [west = "", own = ""] = aws.instanceIds;
  const credentials = { accessKeyId: "AKIAOTHER", secretAccessKey: "secret" };
  aws.identities.add({
    ...credentials,
    arn: `arn:aws:iam::${other}:user/other`,
    account: other,
  });
  const { endpoint } = aws;
  const list = async (client: SSMClient) => {
    const command = new DescribeInstanceInformationCommand({});
    const { InstanceInformationList = [] } = await client.send(command);
    return InstanceInformationList.map(({ InstanceId }) => InstanceId);
  };
  const theirs = { endpoint, region: "eu-west-1", credentials };
  expect(await list(new SSMClient(theirs))).toEqual([west]);
  expect(await list(new SSMClient({ ...theirs, region: "us-east-1" }))).toEqual(
    [],
  );
  expect(await list(openClient(aws))).toEqual([own]);
  await expect(
    send(aws, ["true"], { InstanceIds: [west] }),
  ).rejects.toMatchObject({ name: "InvalidInstanceId" });
  const { Command } = await new SSMClient(theirs).send(
    new SendCommandCommand({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: [west],
      Parameters: { commands: ["true"] },
    }),
  );
  expect(Command).toMatchObject({ InstanceIds: [west] });
});
