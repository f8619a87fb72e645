import {
  GetCommandInvocationCommand,
  SendCommandCommand,
} from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import type { PolicyDocument } from "../../../src/local/protocol.ts";
import { openClient } from "../support/client.ts";

const keys = {
  accessKeyId: "AKIAOPERATOR00000001",
  secretAccessKey: "the secret",
};

function operator(policies?: PolicyDocument[]) {
  return {
    ...keys,
    arn: "arn:aws:iam::111122223333:user/operator",
    account: "111122223333",
    ...(policies ? { policies } : {}),
  };
}

async function sendWith(
  aws: LocalAws,
  credentials: typeof keys,
  instanceId = aws.instanceIds[0],
): Promise<string> {
  const { Command } = await openClient(aws, credentials).send(
    new SendCommandCommand({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: [instanceId ?? ""],
      Parameters: { commands: ["true"] },
    }),
  );
  return Command?.CommandId ?? "";
}

test("a key that nobody registered may do everything", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  await sendWith(aws, {
    accessKeyId: "AKIAWHOEVER",
    secretAccessKey: "whatever",
  });
  expect(aws.requests[0]).toMatchObject({ verified: false, outcome: "ok" });
});

test("a registered key must have signed: its secret was the signing key", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  aws.identities.add(operator());
  await sendWith(aws, keys);
  expect(aws.requests[0]).toMatchObject({
    accessKeyId: keys.accessKeyId,
    verified: true,
  });
  await expect(
    sendWith(aws, { ...keys, secretAccessKey: "another" }),
  ).rejects.toMatchObject({ name: "InvalidSignatureException" });
});

test("strict: an unknown key is UnrecognizedClientException", async () => {
  await using aws = await startLocalAws({ nodes: 1, strict: true });
  await expect(sendWith(aws, keys)).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
});

test("the smallest policy for sending and reading is enough, and lacks what it lacks", async () => {
  await using aws = await startLocalAws({ nodes: 2 });
  const [allowed, other] = aws.instanceIds;
  aws.identities.add(
    operator([
      {
        Statement: [
          {
            Effect: "Allow",
            Action: "ssm:SendCommand",
            Resource: [
              "arn:aws:ssm:*::document/AWS-RunShellScript",
              `arn:aws:ec2:*:111122223333:instance/${allowed}`,
            ],
          },
          {
            Effect: "Allow",
            Action: "ssm:GetCommandInvocation",
            Resource: "*",
          },
        ],
      },
    ]),
  );
  const commandId = await sendWith(aws, keys);
  const result = await openClient(aws, keys).send(
    new GetCommandInvocationCommand({
      CommandId: commandId,
      InstanceId: allowed,
    }),
  );
  expect(result.CommandId).toBe(commandId);
  await expect(sendWith(aws, keys, other)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: arn:aws:iam::111122223333:user/operator is not authorized to perform: ssm:SendCommand on resource: arn:aws:ec2:us-east-1:111122223333:instance/${other} because no identity-based policy allows the ssm:SendCommand action`,
  });
});

test("what no AWS client says is answered with an error, not with silence", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const post = async (
    target: string,
    body: string,
  ): Promise<[number, string | null]> => {
    const answer = await fetch(aws.endpoint, {
      method: "POST",
      headers: { "x-amz-target": target },
      body,
    });
    const parsed: unknown = await answer.json();
    return [answer.status, JSON.stringify(parsed)];
  };
  expect(await post("AmazonSSM.NoSuch", "{}")).toEqual([
    400,
    '{"__type":"UnknownOperationException"}',
  ]);
  expect(await post("AmazonSSM.SendCommand", "{")).toEqual([
    400,
    '{"__type":"SerializationException"}',
  ]);
  expect(
    await post("AmazonSSM.SendCommand", '{"InstanceIds":"x","DocumentName":3}'),
  ).toEqual([400, '{"__type":"SerializationException"}']);
});

test("a condition on tags is about the node, not about the document", async () => {
  const tagged = (Env: string) => ({ tags: { Env } });
  await using aws = await startLocalAws({
    nodes: [tagged("prod"), tagged("test"), {}],
  });
  const Condition = { StringLike: { "ssm:resourceTag/Env": "prod" } };
  const may = (Resource: string, more: object) =>
    ({
      Effect: "Allow",
      Action: "ssm:SendCommand",
      Resource,
      ...more,
    }) as const;
  const toNodes = may("arn:aws:ec2:*:*:instance/*", { Condition });
  const withDocument = (more: object) =>
    operator([
      { Statement: [toNodes, may("arn:aws:ssm:*::document/*", more)] },
    ]);
  const [prod, ...others] = aws.instanceIds;
  aws.identities.add(withDocument({}));
  await sendWith(aws, keys, prod);
  for (const other of others)
    await expect(sendWith(aws, keys, other)).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  aws.identities.add(withDocument({ Condition }));
  await expect(sendWith(aws, keys, prod)).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
});

test("a node that has its rights from its role alone is what they make it", async () => {
  const role = (...actions: string[]) => ({
    ...keys,
    arn: "arn:aws:sts::111122223333:assumed-role/nodes/i-1",
    account: "111122223333",
    policies: [
      {
        Statement: {
          Effect: "Allow" as const,
          Action: actions,
          Resource: "*",
        },
      },
    ],
  });
  const from = (...actions: string[]) => ({
    role: role(...actions),
    agentRights: "from-role" as const,
  });
  const control = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:OpenControlChannel",
  ];
  await using aws = await startLocalAws({
    nodes: [
      from("ssm:UpdateInstanceInformation", ...control),
      from("ssm:UpdateInstanceInformation"),
      from(...control),
    ],
  });
  expect([...aws.nodes.values()].map(({ state }) => state)).toEqual([
    "online",
    "offline",
    "terminated",
  ]);
  const unmanaged = aws.instanceIds[2];
  await expect(
    sendWith(aws, { ...keys, accessKeyId: "AKIAANYBODY" }, unmanaged),
  ).rejects.toMatchObject({ name: "InvalidInstanceId" });
});
