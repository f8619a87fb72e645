import { GetCommandInvocationCommand } from "@aws-sdk/client-ssm";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { handClock } from "../support/clock.ts";
import { openClient } from "../support/client.ts";

const roleArn = "arn:aws:iam::111122223333:role/rundeck";

async function assume(aws: LocalAws, externalId?: string) {
  const provider = fromTemporaryCredentials({
    masterCredentials: { accessKeyId: "AKIAMASTER", secretAccessKey: "any" },
    params: {
      RoleArn: roleArn,
      RoleSessionName: "execution-1",
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    clientConfig: { endpoint: aws.endpoint, region: aws.region },
  });
  return await provider();
}

function readAnything(
  aws: LocalAws,
  credentials: { accessKeyId: string; secretAccessKey: string },
) {
  return openClient(aws, credentials).send(
    new GetCommandInvocationCommand({
      CommandId: "00000000-0000-4000-8000-000000000000",
      InstanceId: aws.instanceIds[0],
    }),
  );
}

test("an assumed role's keys are known, verified, and named by role and session", async () => {
  await using aws = await startLocalAws({ nodes: 1, strict: false });
  const credentials = await assume(aws);
  await expect(readAnything(aws, credentials)).rejects.toMatchObject({
    name: "InvocationDoesNotExist",
  });
  expect(aws.requests.at(-1)).toMatchObject({
    accessKeyId: credentials.accessKeyId,
    verified: true,
  });
  const { sessionToken: _, ...withoutToken } = credentials;
  await expect(readAnything(aws, withoutToken)).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
});

test("a session that has expired is ExpiredTokenException", async () => {
  const clock = handClock();
  await using aws = await startLocalAws({ nodes: 1, clock });
  const credentials = await assume(aws);
  const identity = aws.identities.find(credentials.accessKeyId);
  expect(identity?.expiresAtEpochMs).toBe(clock.now() + 3_600_000);
  if (identity) identity.expiresAtEpochMs = clock.now() - 1;
  await expect(readAnything(aws, credentials)).rejects.toMatchObject({
    name: "ExpiredTokenException",
  });
});

test("a role with an external id wants it", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  aws.identities.addRole({ arn: roleArn, externalId: "agreed" });
  await assume(aws, "agreed");
  await expect(assume(aws, "guessed")).rejects.toMatchObject({
    name: "AccessDenied",
    $metadata: { httpStatusCode: 403 },
  });
});

test("GetCallerIdentity tells whose keys they are", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const answer = await fetch(aws.endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  expect(await answer.text()).toContain(
    "<Arn>arn:aws:iam::111122223333:user/anybody</Arn>",
  );
});

test("a session name of no such form is ValidationError", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const answer = await fetch(aws.endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `Action=AssumeRole&RoleArn=${roleArn}&RoleSessionName=a%20b`,
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain("<Code>ValidationError</Code>");
});

test("a web identity gets a role's session without a signature, and garbage gets none", async () => {
  await using aws = await startLocalAws({ nodes: 0, strict: true });
  const present = (token: string) =>
    fetch(`${aws.endpoint}/`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: "arn:aws:iam::111122223333:role/pods",
        RoleSessionName: "pod-1",
        WebIdentityToken: token,
      }).toString(),
    });
  const answer = await present("head.body.signature");
  const text = await answer.text();
  const [, accessKeyId = ""] = /<AccessKeyId>(.*?)</.exec(text) ?? [];
  expect(answer.status).toBe(200);
  expect(aws.identities.find(accessKeyId)?.arn).toBe(
    "arn:aws:sts::111122223333:assumed-role/pods/pod-1",
  );
  expect(await (await present("garbage")).text()).toContain(
    "<Code>InvalidIdentityToken</Code>",
  );
});

test("a trust policy decides by the caller and what it gives as external id", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  aws.identities.addRole({
    arn: roleArn,
    trustPolicy: {
      Statement: {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:root" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": "our word" } },
      },
    },
  });
  const denied = { name: "AccessDenied" };
  await expect(assume(aws)).rejects.toMatchObject(denied);
  await expect(assume(aws, "another")).rejects.toMatchObject(denied);
  await assume(aws, "our word");
});
