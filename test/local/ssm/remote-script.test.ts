import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  ListCommandInvocationsCommand,
  SendCommandCommand,
} from "@aws-sdk/client-ssm";
import { expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { finished, openClient } from "../support/client.ts";

const bucket = "scripts";
const url = `https://s3.us-east-1.amazonaws.com/${bucket}`;

async function put(
  aws: LocalAws,
  objects: Record<string, string>,
): Promise<void> {
  const client = new S3Client({
    endpoint: aws.endpoint,
    region: aws.region,
    forcePathStyle: true,
    credentials: { accessKeyId: "AKIAANYBODY", secretAccessKey: "any" },
  });
  for (const [Key, Body] of Object.entries(objects))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

type Plugin = {
  status: string | undefined;
  code: number | undefined;
  output: string;
};

/** What each step of a command's document came to on a node. */
async function stepsOf(
  aws: LocalAws,
  CommandId: string,
  InstanceId: string,
): Promise<Record<string, string | undefined>> {
  const { CommandInvocations } = await openClient(aws).send(
    new ListCommandInvocationsCommand({ CommandId, InstanceId, Details: true }),
  );
  const plugins = CommandInvocations?.[0]?.CommandPlugins ?? [];
  return Object.fromEntries(
    plugins.map((it) => [it.Name ?? "", it.StatusDetails]),
  );
}

/** Runs AWS-RunRemoteScript; answers what each of its plugins said. */
async function runRemote(
  aws: LocalAws,
  path: string,
  commandLine: string,
): Promise<Record<string, Plugin>> {
  const { Command } = await openClient(aws).send(
    new SendCommandCommand({
      DocumentName: "AWS-RunRemoteScript",
      InstanceIds: aws.instanceIds,
      Parameters: {
        sourceType: ["S3"],
        sourceInfo: [JSON.stringify({ path })],
        commandLine: [commandLine],
      },
    }),
  );
  await finished(aws, Command?.CommandId ?? "");
  const { CommandInvocations } = await openClient(aws).send(
    new ListCommandInvocationsCommand({
      CommandId: Command?.CommandId,
      Details: true,
    }),
  );
  const plugins = CommandInvocations?.[0]?.CommandPlugins ?? [];
  return Object.fromEntries(
    plugins.map((it) => [
      it.Name ?? "",
      {
        status: it.StatusDetails,
        code: it.ResponseCode,
        output: it.Output ?? "",
      },
    ]),
  );
}

test("the agent downloads with the node's role, nothing installed, and the command line runs where the file is", async () => {
  await using aws = await startLocalAws({
    bucket,
    nodes: [{ tools: { only: ["sh", "cat", "stat", "pwd"] } }],
  });
  await put(aws, { "in/a b/job.sh": "echo from s3 $1\n" });
  const plugins = await runRemote(
    aws,
    `${url}/in/a%20b/job.sh`,
    "stat -c %a job.sh; sh job.sh arg; pwd",
  );
  expect(plugins["aws:downloadContent"]).toMatchObject({
    status: "Success",
    code: 0,
  });
  expect(plugins["aws:runPowerShellScript"]).toMatchObject({
    status: "Skipped",
  });
  expect(plugins["aws:runShellScript"]?.output).toMatch(
    /^700\nfrom s3 arg\n.*\/downloads\n$/,
  );
});

test("a document of the user's own for both platforms has a step for each, and a node skips the other one's", async () => {
  await using aws = await startLocalAws({
    nodes: 1,
    windows: 1,
    documents: [{ name: "Both", platforms: ["Linux", "Windows"] }],
  });
  const { Command } = await openClient(aws).send(
    new SendCommandCommand({
      DocumentName: "Both",
      InstanceIds: aws.instanceIds,
      Parameters: { commands: ["echo here"] },
    }),
  );
  const commandId = Command?.CommandId ?? "";
  const steps = await Promise.all(
    aws.instanceIds.map(async (instanceId) => {
      await finished(aws, commandId, instanceId);
      return stepsOf(aws, commandId, instanceId);
    }),
  );
  // there is no PowerShell for this Windows node
  expect(steps).toEqual([
    { "aws:runShellScript": "Success", "aws:runPowerShellScript": "Skipped" },
    { "aws:runShellScript": "Skipped", "aws:runPowerShellScript": "Failed" },
  ]);
});

test("a folder is fetched whole", async () => {
  await using aws = await startLocalAws({ bucket, nodes: 1 });
  await put(aws, { "all/one": "1", "all/sub/two": "2", allother: "3" });
  const plugins = await runRemote(aws, `${url}/all/`, "find . -type f | sort");
  expect(plugins["aws:runShellScript"]?.output).toBe("./one\n./sub/two\n");
});

test("the agent asks for the bucket and the listing before the object, as the node", async () => {
  await using aws = await startLocalAws({ bucket, nodes: 1 });
  await put(aws, { job: "true" });
  await runRemote(aws, `${url}/job`, "cat job");
  const role = aws.nodes.get(aws.instanceIds[0] ?? "")?.role.accessKeyId;
  expect(
    aws.requests
      .filter((it) => it.service === "s3" && it.accessKeyId === role)
      .map((it) => it.operation),
  ).toEqual(["HeadBucket", "ListObjectsV2", "GetObject"]);
});

test("a failed download does not stop the script, and the command is Failed", async () => {
  await using aws = await startLocalAws({ bucket, nodes: 1 });
  const node = aws.nodes.get(aws.instanceIds[0] ?? "");
  await put(aws, { job: "true" });
  if (node) node.role.policies = [];
  const plugins = await runRemote(aws, `${url}/job`, "echo runs anyway");
  expect(plugins["aws:downloadContent"]).toMatchObject({
    status: "Failed",
    code: 1,
  });
  expect(plugins["aws:runShellScript"]).toMatchObject({
    status: "Success",
    output: "runs anyway\n",
  });
});
