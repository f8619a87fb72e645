import {
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { Filter } from "@aws-sdk/client-ec2";
import { expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";

const anybody = { accessKeyId: "AKIAANYBODY", secretAccessKey: "any" };

function openClient(aws: LocalAws, credentials = anybody, region = aws.region) {
  const { endpoint } = aws;
  return new EC2Client({ endpoint, region, credentials, maxAttempts: 1 });
}

async function idsOf(aws: LocalAws, Filters: Filter[], region = aws.region) {
  const client = openClient(aws, anybody, region);
  const answer = await client.send(new DescribeInstancesCommand({ Filters }));
  return (answer.Reservations ?? []).flatMap((it) =>
    (it.Instances ?? []).map(({ InstanceId }) => InstanceId),
  );
}

test("a node's machine has what EC2 tells of one", async () => {
  await using aws = await startLocalAws({
    nodes: [
      {
        instanceId: "i-0000000000000010a",
        region: "eu-west-1",
        tags: { Name: "web & <1>", Env: "prod" },
        ec2: { publicIp: "203.0.113.9", architecture: "arm64" },
      },
    ],
  });
  const { Reservations } = await openClient(aws, anybody, "eu-west-1").send(
    new DescribeInstancesCommand({ InstanceIds: ["i-0000000000000010a"] }),
  );
  expect(Reservations?.[0]).toMatchObject({
    OwnerId: aws.account,
    Instances: [
      {
        InstanceId: "i-0000000000000010a",
        State: { Code: 16, Name: "running" },
        Tags: [
          { Key: "Name", Value: "web & <1>" },
          { Key: "Env", Value: "prod" },
        ],
        Architecture: "arm64",
        InstanceType: "t3.micro",
        ImageId: "ami-0123456789abcdef0",
        PrivateIpAddress: "10.0.1.10",
        PrivateDnsName: "ip-10-0-1-10.eu-west-1.compute.internal",
        PublicIpAddress: "203.0.113.9",
        PublicDnsName: "ec2-203-0-113-9.eu-west-1.compute.amazonaws.com",
        Placement: { AvailabilityZone: "eu-west-1a" },
        VpcId: "vpc-0123456789abcdef0",
        IamInstanceProfile: {
          Arn: `arn:aws:iam::${aws.account}:instance-profile/local-node`,
        },
        LaunchTime: new Date("2026-01-02T03:04:05.000Z"),
      },
    ],
  });
  expect(Reservations?.[0]?.Instances?.[0]).not.toHaveProperty("Platform");
});

test("every filter has to match, and of a filter's values one, with * and ?", async () => {
  await using aws = await startLocalAws({
    nodes: [
      { tags: { Env: "prod" }, platform: "windows" },
      { tags: { Env: "preprod" } },
      { tags: { Env: "test" }, ec2: { state: "stopped" } },
    ],
    instances: [{ instanceId: "i-0000000000000beef", tags: { Env: "prod" } }],
  });
  const [windows, preprod, stopped] = aws.instanceIds;
  expect(await idsOf(aws, [])).toHaveLength(4);
  expect(
    await idsOf(aws, [{ Name: "tag:Env", Values: ["prod", "test"] }]),
  ).toEqual([windows, stopped, "i-0000000000000beef"]);
  expect(await idsOf(aws, [{ Name: "tag:Env", Values: ["*prod"] }])).toEqual([
    windows,
    preprod,
    "i-0000000000000beef",
  ]);
  expect(
    await idsOf(aws, [
      { Name: "tag:Env", Values: ["????"] },
      { Name: "instance-state-name", Values: ["running"] },
      { Name: "platform", Values: ["windows"] },
    ]),
  ).toEqual([windows]);
  expect(await idsOf(aws, [{ Name: "tag-key", Values: ["env"] }])).toEqual([]);
  await expect(
    idsOf(aws, [{ Name: "colour", Values: ["red"] }]),
  ).rejects.toMatchObject({ name: "InvalidParameterValue" });
});

test("a filter of ids is no error where one is unknown, a list of ids is", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const [known] = aws.instanceIds;
  const unknown = "i-00000000000000bad";
  expect(
    await idsOf(aws, [{ Name: "instance-id", Values: [known ?? "", unknown] }]),
  ).toEqual([known]);
  const ask = (id: string) =>
    openClient(aws).send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  await expect(ask(unknown)).rejects.toMatchObject({
    name: "InvalidInstanceID.NotFound",
    message: `The instance ID '${unknown}' does not exist`,
  });
  await expect(ask("web-1")).rejects.toMatchObject({
    name: "InvalidInstanceID.Malformed",
  });
  const Values = Array.from({ length: 201 }, (_, i) => `i-${i}`);
  await expect(
    idsOf(aws, [{ Name: "instance-id", Values }]),
  ).rejects.toMatchObject({ name: "FilterLimitExceeded" });
});

test("pages hold what was asked for, and go on where the last one ended", async () => {
  await using aws = await startLocalAws({ nodes: 12 });
  const client = openClient(aws);
  const sizes: number[] = [];
  let NextToken: string | undefined;
  do {
    const answer = await client.send(
      new DescribeInstancesCommand({ MaxResults: 5, NextToken }),
    );
    sizes.push(answer.Reservations?.length ?? 0);
    ({ NextToken } = answer);
  } while (NextToken);
  expect(sizes).toEqual([5, 5, 2]);
});

test("a machine follows its node: stopped it has no public address, terminated none at all", async () => {
  await using aws = await startLocalAws({
    nodes: [{ ec2: { publicIp: "203.0.113.9" } }],
  });
  const [id = ""] = aws.instanceIds;
  const look = async () => {
    const { Reservations } = await openClient(aws).send(
      new DescribeInstancesCommand({ InstanceIds: [id] }),
    );
    return Reservations?.[0]?.Instances?.[0];
  };
  const instance = aws.instances.get(id);
  if (instance) instance.state = "stopped";
  expect(await look()).toMatchObject({
    State: { Code: 80, Name: "stopped" },
    PrivateIpAddress: "10.0.0.1",
  });
  expect(await look()).not.toHaveProperty("PublicIpAddress");
  await aws.nodes.get(id)?.terminate();
  expect(await look()).toMatchObject({ State: { Name: "terminated" } });
  expect(await look()).not.toHaveProperty("PrivateIpAddress");
});

test("an account and a region see their own machines, and all regions are told", async () => {
  const other = "222233334444";
  await using aws = await startLocalAws({
    nodes: [{ region: "eu-west-1" }, { account: other }, {}],
    regions: ["ap-south-1"],
  });
  const [west, foreign, own] = aws.instanceIds;
  expect(await idsOf(aws, [])).toEqual([own]);
  expect(await idsOf(aws, [], "eu-west-1")).toEqual([west]);
  const keys = { accessKeyId: "AKIAOTHER", secretAccessKey: "the secret" };
  aws.identities.add({
    ...keys,
    arn: `arn:aws:iam::${other}:user/other`,
    account: other,
  });
  const { Reservations } = await openClient(aws, keys).send(
    new DescribeInstancesCommand({}),
  );
  expect(Reservations?.map((it) => it.Instances?.[0]?.InstanceId)).toEqual([
    foreign,
  ]);
  const { Regions } = await openClient(aws).send(
    new DescribeRegionsCommand({
      Filters: [{ Name: "region-name", Values: ["*-1"] }],
    }),
  );
  expect(Regions?.map(({ RegionName }) => RegionName)).toEqual([
    "us-east-1",
    "eu-west-1",
    "ap-south-1",
  ]);
});

test("refusals are in EC2's own words", async () => {
  await using aws = await startLocalAws({
    nodes: 1,
    strict: true,
    requestsPerSecond: 2,
  });
  const keys = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "the secret" };
  aws.identities.add({
    ...keys,
    arn: "arn:aws:iam::111122223333:user/operator",
    account: "111122223333",
    policies: [
      {
        Statement: [
          { Effect: "Allow", Action: "ec2:DescribeRegions", Resource: "*" },
        ],
      },
    ],
  });
  const regions = (credentials: typeof keys) =>
    openClient(aws, credentials).send(new DescribeRegionsCommand({}));
  await expect(
    regions({ ...keys, secretAccessKey: "another" }),
  ).rejects.toMatchObject({
    name: "AuthFailure",
    $metadata: { httpStatusCode: 401 },
  });
  await expect(
    openClient(aws, keys).send(new DescribeInstancesCommand({})),
  ).rejects.toMatchObject({
    name: "UnauthorizedOperation",
    message:
      "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/operator is not authorized to perform: ec2:DescribeInstances on resource: * because no identity-based policy allows the ec2:DescribeInstances action",
    $metadata: { httpStatusCode: 403 },
  });
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => regions(keys)));
  expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
    reason: {
      name: "RequestLimitExceeded",
      $metadata: { httpStatusCode: 503, requestId: expect.any(String) },
    },
  });
});
