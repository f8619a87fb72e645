import {
  DescribeDocumentCommand,
  GetDocumentCommand,
  ListCommandInvocationsCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openDocuments } from "../../src/aws/documents.ts";
import { fakeClock } from "../support/clock.ts";
import { call, clientOptions } from "../support/ports.ts";

const client = mockClient(SSMClient);
const documents = openDocuments(clientOptions, fakeClock());
beforeEach(() => client.reset());
afterAll(() => client.restore());

describe("documents of AWS", () => {
  it("are described by type, platforms and parameters, those without a default as required", async () => {
    client.on(DescribeDocumentCommand).resolves({
      Document: {
        DocumentType: "Command",
        PlatformTypes: ["Linux", "Windows"],
        Parameters: [
          { Name: "a", Type: "String" },
          { Name: "b", Type: "StringList", DefaultValue: "" },
        ],
      },
    });
    const name = { document: "Doc", documentVersion: "2" };
    expect(await documents.describe(name, call)).toEqual({
      type: "Command",
      platforms: ["Linux", "Windows"],
      parameters: new Map([
        ["a", { type: "String", isRequired: true }],
        ["b", { type: "StringList", isRequired: false }],
      ]),
    });
    expect(
      client.commandCalls(DescribeDocumentCommand)[0]?.args[0].input,
    ).toEqual({ Name: "Doc", DocumentVersion: "2" });
  });

  it("tell what parameters allow by their text, and what of it is odd is left to AWS", async () => {
    client.on(GetDocumentCommand).resolves({
      Content: JSON.stringify({
        parameters: {
          a: { type: "String", allowedValues: ["x", 3, true] },
          b: { type: "StringMap", default: {}, allowedPattern: "^x$" },
          odd: { type: 3 },
        },
      }),
    });
    expect(await documents.read({ document: "Doc" }, call)).toEqual(
      new Map([
        [
          "a",
          {
            type: "String",
            isRequired: true,
            allowedValues: ["x", "3", "true"],
          },
        ],
        ["b", { type: "StringMap", isRequired: false, allowedPattern: "^x$" }],
      ]),
    );
  });

  it.each([["no JSON: {"], ["[]"], ["{}"], [undefined]])(
    "tell nothing of parameters by %j",
    async (Content) => {
      client
        .on(GetDocumentCommand)
        .resolves(Content === undefined ? {} : { Content });
      expect(await documents.read({ document: "Doc" }, call)).toEqual(
        new Map(),
      );
    },
  );
});

describe("the steps of a command", () => {
  const command = { commandId: "c", instanceId: "i-1" };

  it("have names, states and codes, and say which the agent passed over", async () => {
    client.on(ListCommandInvocationsCommand).resolves({
      CommandInvocations: [
        {
          Status: "InProgress",
          StatusDetails: "InProgress",
          CommandPlugins: [
            {
              Name: "PatchWindows",
              Status: "Success",
              StatusDetails: "Success",
              ResponseCode: 0,
              Output:
                "Step execution skipped due to unsatisfied preconditions: '\"StringEquals\": [platformType, Windows]'. Step name: PatchWindows",
            },
            {
              Name: "PatchLinux",
              Status: "TimedOut",
              StatusDetails: "Execution Timed Out",
              ResponseCode: 137,
            },
            { Name: "last", Status: "Pending" },
          ],
        },
      ],
    });
    expect(await documents.listSteps(command, call)).toEqual({
      status: "InProgress",
      steps: [
        { name: "PatchWindows", status: "Skipped", responseCode: 0 },
        { name: "PatchLinux", status: "ExecutionTimedOut", responseCode: 137 },
        { name: "last", status: "Pending", responseCode: -1 },
      ],
    });
  });

  it("are not there just after a send", async () => {
    client.on(ListCommandInvocationsCommand).resolves({});
    expect(await documents.listSteps(command, call)).toBeUndefined();
  });
});
