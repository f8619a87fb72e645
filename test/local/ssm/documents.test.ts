import {
  CancelCommandCommand,
  DescribeDocumentCommand,
  GetCommandInvocationCommand,
  GetDocumentCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
} from "@aws-sdk/client-ssm";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import type { ContentStep } from "../../../src/local/ssm/content.ts";
import { finished, openClient, until } from "../support/client.ts";

function shell(
  name: string,
  runCommand: string[],
  inputs: Partial<ContentStep["inputs"]> = {},
): ContentStep {
  return {
    action: "aws:runShellScript",
    name,
    inputs: { runCommand, ...inputs },
  };
}

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({
    nodes: 1,
    windows: 1,
    logGroup: "documents",
    documents: [
      {
        name: "Own-Typed",
        versions: [
          {
            description: "the first",
            parameters: {
              color: { type: "String", allowedValues: ["red", "blue"] },
              lines: { type: "StringList", default: ["echo a", "echo b"] },
              tag: {
                type: "String",
                allowedPattern: "^v[0-9]+$",
                default: "v1",
              },
              more: { type: "StringMap", default: {} },
            },
            mainSteps: [
              shell("say", ["echo {{ color }} {{tag}}", "{{ lines }}"]),
              shell("map", ["echo '{{ more }}'"]),
            ],
          },
          { description: "the second", mainSteps: [shell("say", ["echo 2"])] },
        ],
      },
      {
        name: "Own-Exit",
        versions: [
          {
            mainSteps: [
              shell("first", ["echo one; exit 3"], { onFailure: "exit" }),
              shell("second", ["echo two"]),
              shell("last", ["echo cleared"], { finallyStep: true }),
            ],
          },
        ],
      },
      {
        name: "Own-Going-On",
        versions: [
          {
            mainSteps: [
              shell("first", ["echo one; exit 3"]),
              shell("second", ["echo two; echo oops >&2"]),
            ],
          },
        ],
      },
      {
        name: "Own-Forgiving",
        versions: [
          {
            mainSteps: [
              shell("first", ["exit 3"], { onFailure: "successAndExit" }),
              shell("second", ["echo two"]),
            ],
          },
        ],
      },
      {
        name: "Own-Waiting",
        versions: [
          {
            parameters: { file: { type: "String" } },
            mainSteps: [
              shell("first", ["echo one"]),
              shell("second", [
                "touch begun-{{ file }}; until [ -e {{ file }} ]; do sleep 0.02; done",
              ]),
              shell("third", ["echo three"]),
            ],
          },
        ],
      },
      {
        name: "Own-Automation",
        type: "Automation",
        versions: [{ mainSteps: [] }],
      },
    ],
  });
});
afterAll(() => aws.close());

type Parameters = Record<string, string[]>;

async function send(
  DocumentName: string,
  parameters: Parameters = {},
  more: object = {},
): Promise<string> {
  const { Command } = await openClient(aws).send(
    new SendCommandCommand({
      DocumentName,
      InstanceIds: aws.instanceIds.slice(0, 1),
      Parameters: parameters,
      ...more,
    }),
  );
  return Command?.CommandId ?? "";
}

async function listed(CommandId: string, InstanceId = aws.instanceIds[0]) {
  const { CommandInvocations } = await openClient(aws).send(
    new ListCommandInvocationsCommand({ CommandId, InstanceId, Details: true }),
  );
  const [invocation] = CommandInvocations ?? [];
  return {
    status: invocation?.Status,
    plugins: (invocation?.CommandPlugins ?? []).map((it) => [
      it.Name,
      it.StatusDetails,
      it.ResponseCode,
      it.Output,
    ]),
  };
}

async function ran(
  document: string,
  parameters: Parameters = {},
  more: object = {},
) {
  const commandId = await send(document, parameters, more);
  await finished(aws, commandId);
  return { commandId, ...(await listed(commandId)) };
}

function refused(sending: Promise<unknown>): Promise<unknown> {
  return sending.then(
    () => "accepted",
    (error: unknown) => (error instanceof Error ? error.name : error),
  );
}

describe("a document's description", () => {
  test("has the type, platforms and parameters, and no more of what it allows", async () => {
    const { Document } = await openClient(aws).send(
      new DescribeDocumentCommand({ Name: "Own-Typed" }),
    );
    expect(Document).toMatchObject({
      Name: "Own-Typed",
      Owner: "self",
      DocumentType: "Command",
      PlatformTypes: ["Linux"],
      SchemaVersion: "2.2",
      DocumentVersion: "1",
      DefaultVersion: "1",
      LatestVersion: "2",
    });
    expect(Document?.Parameters).toEqual([
      { Name: "color", Type: "String", Description: "" },
      {
        Name: "lines",
        Type: "StringList",
        Description: "",
        DefaultValue: '["echo a","echo b"]',
      },
      { Name: "tag", Type: "String", Description: "", DefaultValue: "v1" },
      { Name: "more", Type: "StringMap", Description: "", DefaultValue: "{}" },
    ]);
  });

  test("is of the version that was asked for", async () => {
    const describeVersion = async (DocumentVersion: string) => {
      const { Document } = await openClient(aws).send(
        new DescribeDocumentCommand({ Name: "Own-Typed", DocumentVersion }),
      );
      return Document?.Description;
    };
    expect(await describeVersion("$LATEST")).toBe("the second");
    expect(await describeVersion("$DEFAULT")).toBe("the first");
    expect(await describeVersion("2")).toBe("the second");
    expect(await refused(describeVersion("3"))).toBe("InvalidDocumentVersion");
  });

  test("and its text has allowed values, patterns and steps", async () => {
    const { Content, DocumentVersion } = await openClient(aws).send(
      new GetDocumentCommand({
        Name: "AWS-RunPatchBaseline",
        DocumentFormat: "JSON",
      }),
    );
    expect(DocumentVersion).toBe("1");
    expect(JSON.parse(Content ?? "")).toMatchObject({
      schemaVersion: "2.2",
      parameters: {
        Operation: { type: "String", allowedValues: ["Scan", "Install"] },
        RebootOption: { default: "RebootIfNeeded" },
      },
      mainSteps: [
        { name: "PatchWindows", action: "aws:runPowerShellScript" },
        { name: "PatchLinux", action: "aws:runShellScript" },
        { name: "PatchMacOS", action: "aws:runShellScript" },
      ],
    });
  });
});

describe("a send", () => {
  test.each<[string, Parameters]>([
    ["a missing parameter", {}],
    ["an unknown one", { color: ["red"], colour: ["red"] }],
    ["a value that is not allowed", { color: ["green"] }],
    ["one that does not match the pattern", { color: ["red"], tag: ["1"] }],
    ["two values for one text", { color: ["red", "blue"] }],
    ["a map that is none", { color: ["red"], more: ["x=1"] }],
  ])("is refused with %s", async (_, parameters) => {
    expect(await refused(send("Own-Typed", parameters))).toBe(
      "InvalidParameters",
    );
  });

  test("is refused for a version that is not there, and for another type of document", async () => {
    expect(await refused(send("Own-Typed", {}, { DocumentVersion: "7" }))).toBe(
      "InvalidDocumentVersion",
    );
    expect(await refused(send("Own-Automation"))).toBe("InvalidDocument");
  });
});

describe("the steps of a document", () => {
  test("see the parameters, the document's defaults among them", async () => {
    expect((await ran("Own-Typed", { color: ["red"] })).plugins).toEqual([
      ["say", "Success", 0, "red v1\na\nb\n"],
      ["map", "Success", 0, "{}\n"],
    ]);
  });

  test("are those of the version", async () => {
    const { plugins } = await ran("Own-Typed", {}, { DocumentVersion: "2" });
    expect(plugins).toEqual([["say", "Success", 0, "2\n"]]);
  });

  test("go on after a failure, and the command is Failed", async () => {
    const { status, plugins, commandId } = await ran("Own-Going-On");
    expect(status).toBe("Failed");
    expect(plugins.map(([name, state, code]) => [name, state, code])).toEqual([
      ["first", "Failed", 3],
      ["second", "Success", 0],
    ]);
    const second = await openClient(aws).send(
      new GetCommandInvocationCommand({
        CommandId: commandId,
        InstanceId: aws.instanceIds[0],
        PluginName: "second",
      }),
    );
    expect(second).toMatchObject({
      Status: "Success",
      StandardOutputContent: "two\n",
      StandardErrorContent: "oops\n",
    });
  });

  test("end where onFailure says so, but for a last one that always runs", async () => {
    const { status, plugins } = await ran("Own-Exit");
    expect(status).toBe("Failed");
    expect(plugins).toEqual([
      ["first", "Failed", 3, expect.stringContaining("one\n")],
      [
        "second",
        "Skipped",
        0,
        "Plugin with name aws:runShellScript and id second skipped due to prior step with an exit condition",
      ],
      ["last", "Success", 0, "cleared\n"],
    ]);
  });

  test("may call a failure a success", async () => {
    const { status, plugins } = await ran("Own-Forgiving");
    expect(status).toBe("Success");
    expect(plugins.map(([name, state]) => [name, state])).toEqual([
      ["first", "Success"],
      ["second", "Skipped"],
    ]);
  });

  test("are told of when each has ended, not only at the end", async () => {
    const node = aws.nodes.get(aws.instanceIds[0] ?? "");
    const commandId = await send("Own-Waiting", { file: ["go"] });
    await until(
      async () => (await listed(commandId)).plugins[0]?.[1] === "Success",
    );
    expect(await listed(commandId)).toEqual({
      status: "InProgress",
      plugins: [
        ["first", "Success", 0, "one\n"],
        ["second", "InProgress", -1, ""],
        ["third", "InProgress", -1, ""],
      ],
    });
    await writeFile(path.join(node?.folder ?? "", "go"), "");
    await finished(aws, commandId);
    expect((await listed(commandId)).status).toBe("Success");
  });

  test("end when the command is cancelled, those that had ended as they had", async () => {
    const node = aws.nodes.get(aws.instanceIds[0] ?? "");
    const commandId = await send("Own-Waiting", { file: ["never"] });
    await until(() => existsSync(path.join(node?.folder ?? "", "begun-never")));
    await openClient(aws).send(
      new CancelCommandCommand({ CommandId: commandId }),
    );
    await finished(aws, commandId);
    expect(await listed(commandId)).toEqual({
      status: "Cancelled",
      plugins: [
        ["first", "Success", 0, "one\n"],
        ["second", "Cancelled", 137, ""],
        ["third", "Cancelled", 1, ""],
      ],
    });
  });

  test("have log streams by their names", async () => {
    const { commandId } = await ran(
      "Own-Going-On",
      {},
      {
        CloudWatchOutputConfig: {
          CloudWatchOutputEnabled: true,
          CloudWatchLogGroupName: "documents",
        },
      },
    );
    const prefix = `${commandId}/${aws.instanceIds[0]}`;
    const textOf = (stream: string) =>
      aws.logs
        .eventsOf("documents", `${prefix}/${stream}`)
        // what is sent after the end has lost its last newline
        .map(({ message }) => message.trimEnd());
    expect(textOf("first/stdout")).toEqual(["one"]);
    expect(textOf("second/stderr")).toEqual(["oops"]);
  });
});

describe("AWS's documents", () => {
  test("AWS-RunPatchBaseline runs the node's step, reboots once for a patch, and skips the others", async () => {
    const node = aws.nodes.get(aws.instanceIds[0] ?? "");
    const scan = await ran("AWS-RunPatchBaseline", { Operation: ["Scan"] });
    expect(scan.plugins).toEqual([
      [
        "PatchWindows",
        "Skipped",
        0,
        "Step execution skipped due to unsatisfied preconditions: '\"StringEquals\": [platformType, Windows]'. Step name: PatchWindows",
      ],
      [
        "PatchLinux",
        "Success",
        0,
        "Patch operation Scan, reboot option RebootIfNeeded\nInstalledCount: 0, MissingCount: 1\n",
      ],
      ["PatchMacOS", "Skipped", 0, expect.stringContaining("MacOS")],
    ]);
    const before = node?.reboots ?? 0;
    const install = await ran("AWS-RunPatchBaseline", {
      Operation: ["Install"],
    });
    expect(install.status).toBe("Success");
    expect(node?.reboots).toBe(before + 1);
    expect(install.plugins[1]?.[3]).toContain("InstalledCount: 1");
  });

  test("AWS-ConfigureAWSPackage installs and removes", async () => {
    const name = ["AmazonCloudWatchAgent"];
    const install = await ran("AWS-ConfigureAWSPackage", {
      action: ["Install"],
      name,
    });
    expect(install.plugins).toEqual([
      [
        "configurePackage",
        "Success",
        0,
        "Initiating AmazonCloudWatchAgent 1.0.0 install\nSuccessfully installed AmazonCloudWatchAgent 1.0.0\n",
      ],
    ]);
    const removed = await ran("AWS-ConfigureAWSPackage", {
      action: ["Uninstall"],
      name,
    });
    expect(removed.plugins[0]?.[3]).toContain("Successfully uninstalled");
    const missing = await ran("AWS-ConfigureAWSPackage", {
      action: ["Install"],
      name: ["NoSuchPackage"],
    });
    expect(missing.plugins[0]?.slice(1, 3)).toEqual(["Failed", 1]);
  });

  test("AWS-UpdateSSMAgent has a plugin of schema 1, also on Windows", async () => {
    const InstanceIds = aws.instanceIds.slice(1);
    const commandId = await send("AWS-UpdateSSMAgent", {}, { InstanceIds });
    await finished(aws, commandId, InstanceIds[0]);
    expect((await listed(commandId, InstanceIds[0])).plugins).toEqual([
      [
        "aws:updateSsmAgent",
        "Success",
        0,
        expect.stringContaining("Successfully updated amazon-ssm-agent"),
      ],
    ]);
  });
});
