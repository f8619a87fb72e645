import {
  DescribeDocumentCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  type ListCommandsCommandInput,
  ListDocumentsCommand,
  paginateListCommandInvocations,
} from "@aws-sdk/client-ssm";
import { describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { handClock } from "../support/clock.ts";
import { finished, openClient, read, run, send } from "../support/client.ts";

const unknownId = "00000000-0000-4000-8000-000000000000";

async function listed(
  aws: LocalAws,
  input: ListCommandsCommandInput = {},
): Promise<(string | undefined)[]> {
  const { Commands = [] } = await openClient(aws).send(
    new ListCommandsCommand(input),
  );
  return Commands.map(({ Comment }) => Comment);
}

function by(
  key: "InvokedAfter" | "InvokedBefore" | "Status",
  value: string,
): ListCommandsCommandInput {
  return { Filters: [{ key, value }] };
}

describe("GetCommandInvocation", () => {
  test("of an unknown command, or of a node that it was not sent to, is InvocationDoesNotExist", async () => {
    await using aws = await startLocalAws({ nodes: 2 });
    const { CommandId = "" } = await run(aws, "true");
    for (const [commandId, instanceId] of [
      [unknownId, aws.instanceIds[0]],
      [CommandId, aws.instanceIds[1]],
    ] as const)
      await expect(read(aws, commandId, instanceId)).rejects.toMatchObject({
        name: "InvocationDoesNotExist",
      });
  });

  test("of a plugin that the document lacks is InvalidPluginName", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const { CommandId } = await run(aws, "true");
    await expect(
      openClient(aws).send(
        new GetCommandInvocationCommand({
          CommandId,
          InstanceId: aws.instanceIds[0],
          PluginName: "aws:other",
        }),
      ),
    ).rejects.toMatchObject({ name: "InvalidPluginName" });
  });

  test("tells when the command ran", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    const result = await run(aws, "true");
    expect(result.ExecutionStartDateTime).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(result.ExecutionElapsedTime).toMatch(/^PT\d+\.\d+S$/);
    expect(
      Date.parse(result.ExecutionEndDateTime ?? "") -
        Date.parse(result.ExecutionStartDateTime ?? ""),
    ).toBeGreaterThanOrEqual(0);
  });
});

describe("ListCommands", () => {
  test("has the newest first and filters by node, id, time and status", async () => {
    const clock = handClock();
    await using aws = await startLocalAws({ nodes: 2, clock });
    const first = await send(aws, ["true"], { Comment: "one" });
    await finished(aws, first);
    clock.advance(60_000);
    const middle = new Date(clock.now()).toISOString();
    const second = await send(aws, ["exit 1"], {
      Comment: "two",
      InstanceIds: aws.instanceIds.slice(1),
    });
    await finished(aws, second, aws.instanceIds[1]);
    expect(await listed(aws)).toEqual(["two", "one"]);
    expect(await listed(aws, { CommandId: first })).toEqual(["one"]);
    expect(await listed(aws, { InstanceId: aws.instanceIds[1] })).toEqual([
      "two",
    ]);
    expect(await listed(aws, { CommandId: unknownId })).toEqual([]);
    expect(await listed(aws, by("InvokedAfter", middle))).toEqual(["two"]);
    expect(await listed(aws, by("InvokedBefore", middle))).toEqual(["one"]);
    expect(await listed(aws, by("Status", "Failed"))).toEqual(["two"]);
  });

  test("comes in pages that what is sent meanwhile does not shift", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    for (const comment of ["a", "b", "c"])
      await send(aws, ["true"], { Comment: comment });
    const first = await openClient(aws).send(
      new ListCommandsCommand({ MaxResults: 2 }),
    );
    await send(aws, ["true"], { Comment: "d" });
    const second = await openClient(aws).send(
      new ListCommandsCommand({ MaxResults: 2, NextToken: first.NextToken }),
    );
    expect(
      [...(first.Commands ?? []), ...(second.Commands ?? [])].map(
        (it) => it.Comment,
      ),
    ).toEqual(["c", "b", "a"]);
    expect(second.NextToken).toBeUndefined();
  });

  test("a token that it never gave is InvalidNextToken", async () => {
    await using aws = await startLocalAws({ nodes: 1 });
    await expect(
      openClient(aws).send(new ListCommandsCommand({ NextToken: "made-up" })),
    ).rejects.toMatchObject({ name: "InvalidNextToken" });
  });
});

describe("ListCommandInvocations", () => {
  test("has every node of a command in pages, with its plugins when details are asked for", async () => {
    await using aws = await startLocalAws({ nodes: 7 });
    const commandId = await send(aws, ["echo $AWS_SSM_INSTANCE_ID; exit 2"], {
      InstanceIds: aws.instanceIds,
    });
    for (const instanceId of aws.instanceIds)
      await finished(aws, commandId, instanceId);
    const pages = [];
    for await (const page of paginateListCommandInvocations(
      { client: openClient(aws), pageSize: 3 },
      { CommandId: commandId, Details: true },
    ))
      pages.push(page.CommandInvocations ?? []);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat().map((it) => it.InstanceId)).toEqual(aws.instanceIds);
    expect(pages[0]?.[0]).toMatchObject({
      Status: "Failed",
      CommandPlugins: [
        {
          Name: "aws:runShellScript",
          Status: "Failed",
          ResponseCode: 2,
          Output: `${aws.instanceIds[0]}\n\n----------ERROR-------\nfailed to run commands: exit status 2`,
        },
      ],
    });
    const { CommandInvocations } = await openClient(aws).send(
      new ListCommandInvocationsCommand({ CommandId: commandId }),
    );
    expect(CommandInvocations?.[0]?.CommandPlugins).toEqual([]);
  });
});

describe("DescribeInstanceInformation", () => {
  test("tells about managed nodes, their platform and whether they are reachable", async () => {
    await using aws = await startLocalAws({
      nodes: [
        {},
        { platform: "windows", instanceId: "mi-0123456789abcdef0" },
        { state: "offline" },
        { state: "terminated" },
      ],
    });
    const { InstanceInformationList = [] } = await openClient(aws).send(
      new DescribeInstanceInformationCommand({}),
    );
    expect(
      InstanceInformationList.map((it) => [
        it.PlatformType,
        it.ResourceType,
        it.PingStatus,
      ]),
    ).toEqual([
      ["Linux", "EC2Instance", "Online"],
      ["Windows", "ManagedInstance", "Online"],
      ["Linux", "EC2Instance", "ConnectionLost"],
    ]);
    const found = await openClient(aws).send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: "InstanceIds", Values: ["mi-0123456789abcdef0"] }],
      }),
    );
    expect(found.InstanceInformationList).toHaveLength(1);
  });
});

describe("documents", () => {
  test("are described and listed", async () => {
    await using aws = await startLocalAws({
      nodes: 1,
      documents: [{ name: "Own" }],
    });
    const { Document } = await openClient(aws).send(
      new DescribeDocumentCommand({ Name: "AWS-RunShellScript" }),
    );
    expect(Document).toMatchObject({
      Owner: "Amazon",
      Status: "Active",
      PlatformTypes: ["Linux", "MacOS"],
    });
    const { DocumentIdentifiers } = await openClient(aws).send(
      new ListDocumentsCommand({}),
    );
    expect(DocumentIdentifiers?.map((it) => it.Name)).toContain("Own");
    await expect(
      openClient(aws).send(new DescribeDocumentCommand({ Name: "No-Such" })),
    ).rejects.toMatchObject({ name: "InvalidDocument" });
  });
});
