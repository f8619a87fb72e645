import { expect, test } from "vitest";
import { openEc2 } from "../../src/aws/ec2.ts";
import type { Machine } from "../../src/aws/ec2.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { openClients } from "../../src/services/clients.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { askerOf } from "../support/asker.ts";
import { call } from "../support/ports.ts";

function open(aws: LocalAws) {
  const clock = systemClock();
  const environment = {
    AWS_ENDPOINT_URL_EC2: aws.endpoint,
    AWS_ACCESS_KEY_ID: "AKIAANYBODY",
    AWS_SECRET_ACCESS_KEY: "any",
  };
  const asker = askerOf({ attributes: { region: aws.region }, environment });
  return openEc2(openClients(asker, clock)("ec2"), clock);
}

test("a machine has its state, tags and profile, and all else by EC2's own names", async () => {
  await using aws = await startLocalAws({
    nodes: [{ tags: { Name: "web 1", Empty: "" }, platform: "windows" }],
  });
  const [instanceId = ""] = aws.instanceIds;
  const ec2 = open(aws);
  const filters = [{ name: "tag:Name", values: ["web*"] }];
  const { machines } = await ec2.machines(filters, call);
  const profileArn = `arn:aws:iam::${aws.account}:instance-profile/local-node`;
  expect(machines).toMatchObject([
    {
      instanceId,
      state: "running",
      tags: { Name: "web 1", Empty: "" },
      profileArn,
      details: {
        instanceId,
        state: { code: "16", name: "running" },
        placement: { availabilityZone: "us-east-1a", tenancy: "default" },
        iamInstanceProfile: { arn: profileArn },
        privateDnsName: "ip-10-0-0-1.ec2.internal",
        privateIpAddress: "10.0.0.1",
        platform: "windows",
        launchTime: "2026-01-02T03:04:05.000Z",
        amiLaunchIndex: "0",
      },
    },
  ]);
  expect(machines[0]?.details).not.toHaveProperty("publicDnsName");
  ec2.close();
});

test("an id that there is not matches nothing, and pages follow each other", async () => {
  await using aws = await startLocalAws({
    nodes: 0,
    instances: Array.from({ length: 1_203 }, (_, i) => ({
      instanceId: `i-${String(i).padStart(17, "0")}`,
    })),
  });
  const ec2 = open(aws);
  const unknown = { name: "instance-id", values: ["i-00000000000000bad"] };
  expect(await ec2.machines([unknown], call)).toEqual({ machines: [] });
  const found: Machine[] = [];
  let token: string | undefined;
  do {
    const page = await ec2.machines([], call, token);
    found.push(...page.machines);
    token = page.next;
  } while (token !== undefined);
  expect(new Set(found.map((it) => it.instanceId)).size).toBe(1_203);
  expect(aws.requests).toHaveLength(3);
  ec2.close();
});

test("regions are told by name", async () => {
  await using aws = await startLocalAws({ nodes: 0, regions: ["eu-west-1"] });
  expect(await open(aws).regions(call)).toEqual(["us-east-1", "eu-west-1"]);
});

test("a denial names the action and why, an unknown key is no defect, and a rate is one", async () => {
  await using aws = await startLocalAws({ nodes: 0 });
  aws.faults.deniedActions.add("ec2:DescribeInstances");
  await expect(open(aws).machines([], call)).rejects.toMatchObject({
    code: "access-denied",
    message: expect.stringContaining(
      "AWS denied ec2:DescribeInstances on resource *",
    ),
  });
  const order = aws.faults.throttle("DescribeRegions");
  await expect(open(aws).regions(call)).rejects.toMatchObject({
    code: "aws-throttled",
    failure: { heals: "rate", name: "RequestLimitExceeded" },
  });
  order.remove();
  aws.faults.add({
    kind: "error",
    code: "AuthFailure",
    status: 401,
    operation: "DescribeRegions",
  });
  await expect(open(aws).regions(call)).rejects.toMatchObject({
    code: "credentials-invalid",
  });
});
