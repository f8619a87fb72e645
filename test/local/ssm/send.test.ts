import {
  SendCommandCommand,
  type SendCommandCommandInput,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { openClient, run, send } from "../support/client.ts";

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws({
    nodes: [{}, { platform: "windows" }, { state: "terminated" }],
    documents: [
      {
        name: "Own-Shell",
        extraParameters: ["note"],
        before: ["echo before"],
        after: ["echo after"],
      },
    ],
  });
});
afterAll(() => aws.close());

const [linux = "", windows = "", terminated = ""] = [1, 2, 3].map(
  (number) => `i-${String(number).padStart(17, "0")}`,
);

async function refusal(
  input: Partial<SendCommandCommandInput>,
): Promise<unknown> {
  const sending = openClient(aws).send(
    new SendCommandCommand({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: [linux],
      Parameters: { commands: ["true"] },
      ...input,
    }),
  );
  return await sending.then(
    () => "accepted",
    (error: unknown) => error,
  );
}

describe("SendCommand", () => {
  test("answers the command as it was sent, before any node has taken it", async () => {
    const { Command } = await openClient(aws).send(
      new SendCommandCommand({
        DocumentName: "AWS-RunShellScript",
        InstanceIds: [linux],
        Comment: "why",
        TimeoutSeconds: 45,
        Parameters: { commands: ["true"], executionTimeout: ["60"] },
      }),
    );
    expect(Command).toMatchObject({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: [linux],
      Comment: "why",
      TimeoutSeconds: 45,
      TargetCount: 1,
      Status: "Pending",
      StatusDetails: "Pending",
      Parameters: { commands: ["true"], executionTimeout: ["60"] },
    });
    expect(Command?.CommandId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Command?.RequestedDateTime).toBeInstanceOf(Date);
  });

  test.each<[string, string, Partial<SendCommandCommandInput>]>([
    [
      "an unknown node",
      "InvalidInstanceId",
      { InstanceIds: ["i-0000000000000000a"] },
    ],
    [
      "one bad id among good ones",
      "InvalidInstanceId",
      { InstanceIds: [linux, "i-0000000000000000a"] },
    ],
    ["a terminated node", "InvalidInstanceId", { InstanceIds: [terminated] }],
    ["no node at all", "InvalidInstanceId", { InstanceIds: [] }],
    ["a node twice", "DuplicateInstanceId", { InstanceIds: [linux, linux] }],
    [
      "an id of no such form",
      "ValidationException",
      { InstanceIds: ["web-1"] },
    ],
    [
      "51 nodes",
      "ValidationException",
      {
        InstanceIds: Array.from(
          { length: 51 },
          (_, i) => `i-${String(i).padStart(17, "0")}`,
        ),
      },
    ],
    ["an unknown document", "InvalidDocument", { DocumentName: "No-Such" }],
    [
      "a comment over 100 characters",
      "ValidationException",
      { Comment: "x".repeat(101) },
    ],
    [
      "a delivery timeout under 30 s",
      "ValidationException",
      { TimeoutSeconds: 29 },
    ],
    [
      "a delivery timeout over 30 days",
      "ValidationException",
      { TimeoutSeconds: 2_592_001 },
    ],
    [
      "a parameter that the document lacks",
      "InvalidParameters",
      { Parameters: { commands: ["true"], wrong: ["x"] } },
    ],
    ["a parameter missing", "InvalidParameters", { Parameters: {} }],
    [
      "an execution timeout that is no number",
      "InvalidParameters",
      { Parameters: { commands: ["true"], executionTimeout: ["soon"] } },
    ],
    [
      "parameters over 64 KB",
      "MaxDocumentSizeExceeded",
      { Parameters: { commands: ["x".repeat(65_536)] } },
    ],
    [
      "a shell script for Windows",
      "UnsupportedPlatformType",
      { InstanceIds: [windows] },
    ],
  ])("with %s is %s", async (_, name, input) => {
    expect(await refusal(input)).toMatchObject({ name });
  });

  test("a comment of 100 characters and parameters of almost 64 KB are accepted", async () => {
    expect(await refusal({ Comment: "x".repeat(100) })).toBe("accepted");
    expect(
      await refusal({ Parameters: { commands: ["#".repeat(65_000)] } }),
    ).toBe("accepted");
  });

  test("constraints are told in AWS's words", async () => {
    expect(await refusal({ TimeoutSeconds: 5 })).toMatchObject({
      message:
        "1 validation error detected: Value '5' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal to 30",
    });
  });

  test("a refused send has no effect", async () => {
    await refusal({
      InstanceIds: [linux, terminated],
      Parameters: { commands: ["touch effect"] },
    });
    expect((await run(aws, "[ -e effect ]")).ResponseCode).toBe(1);
  });

  test("a node of another region is not known", async () => {
    const elsewhere = await startLocalAws({ nodes: 1, region: "eu-west-3" });
    try {
      await expect(
        send({ ...elsewhere, region: "us-east-1" }, ["true"]),
      ).rejects.toMatchObject({ name: "InvalidInstanceId" });
    } finally {
      await elsewhere.close();
    }
  });

  test("a document of the user's own runs its commands", async () => {
    const result = await run(aws, "echo own", {
      DocumentName: "Own-Shell",
      Parameters: { note: ["n"] },
    });
    expect(result.StandardOutputContent).toBe("before\nown\nafter\n");
  });
});
