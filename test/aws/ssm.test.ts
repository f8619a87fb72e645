import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
  SSMServiceException,
} from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openSsm } from "../../src/aws/open-ssm.ts";
import { fakeClock } from "../support/clock.ts";
import { call, clientOptions } from "../support/ports.ts";

const aws = mockClient(SSMClient);
const open = () => openSsm(clientOptions, fakeClock());
const command = { commandId: "c-1", instanceId: "i-1" };

function refusal(name: string, httpStatusCode = 400, message = "text of AWS") {
  return new SSMServiceException({
    name,
    message,
    $fault: "client",
    $metadata: { httpStatusCode },
  });
}

beforeEach(() => aws.reset());
afterAll(() => aws.restore());

describe("sending", () => {
  it("names node, document, parameters, comment and delivery timeout", async () => {
    aws.on(SendCommandCommand).resolves({ Command: { CommandId: "c-1" } });
    const request = {
      instanceId: "i-1",
      documentName: "AWS-RunShellScript",
      parameters: { commands: ["id"], executionTimeout: ["60"] },
      comment: "why",
      deliveryTimeoutSeconds: 600,
    };
    expect(await open().send(request, call)).toEqual(command);
    expect(aws.commandCalls(SendCommandCommand)[0]?.args[0].input).toEqual({
      InstanceIds: ["i-1"],
      DocumentName: "AWS-RunShellScript",
      Parameters: { commands: ["id"], executionTimeout: ["60"] },
      Comment: "why",
      TimeoutSeconds: 600,
    });
  });

  it("never repeats a request by itself", async () => {
    aws.on(SendCommandCommand).rejects(refusal("InternalServerError", 500));
    await expect(
      open().send(
        {
          instanceId: "i-1",
          documentName: "d",
          parameters: {},
          comment: "",
          deliveryTimeoutSeconds: 30,
        },
        call,
      ),
    ).rejects.toMatchObject({ code: "aws-failing" });
    expect(aws.commandCalls(SendCommandCommand)).toHaveLength(1);
  });
});

describe("reading", () => {
  it("spells details in one way, and gives the time that the node worked", async () => {
    aws.on(GetCommandInvocationCommand).resolves({
      Status: "TimedOut",
      StatusDetails: "Execution Timed Out",
      ResponseCode: 137,
      StandardOutputContent: "so far",
      ExecutionElapsedTime: "PT1H0.5S",
    });
    expect(await open().read(command, call)).toEqual({
      status: "ExecutionTimedOut",
      responseCode: 137,
      stdout: "so far",
      stderr: "",
      elapsedMs: 3_600_500,
    });
  });

  it("says NotVisible for a command that AWS does not show yet", async () => {
    aws
      .on(GetCommandInvocationCommand)
      .rejects(refusal("InvocationDoesNotExist"));
    expect(await open().read(command, call)).toMatchObject({
      status: "NotVisible",
    });
  });
});

describe("cancelling", () => {
  it("cancels on this node alone", async () => {
    aws.on(CancelCommandCommand).resolves({});
    await open().cancel(command, call);
    expect(aws.commandCalls(CancelCommandCommand)[0]?.args[0].input).toEqual({
      CommandId: "c-1",
      InstanceIds: ["i-1"],
    });
  });
});

describe("finding a command by its comment", () => {
  it("looks through all pages since the given second", async () => {
    aws
      .on(ListCommandsCommand)
      .resolvesOnce({
        Commands: [{ CommandId: "x", RequestedDateTime: new Date() }],
        NextToken: "more",
      })
      .resolvesOnce({
        Commands: [{ CommandId: "c-1", Comment: "job [run-7]" }],
      });
    expect(
      await open().find({ instanceId: "i-1", runId: "run-7" }, call),
    ).toEqual(command);
    expect(aws.commandCalls(ListCommandsCommand)[0]?.args[0].input).toEqual({
      InstanceId: "i-1",
      MaxResults: 50,
    });
    expect(
      aws.commandCalls(ListCommandsCommand)[1]?.args[0].input.NextToken,
    ).toBe("more");
  });
});

describe("AWS's refusals", () => {
  it.each([
    ["ThrottlingException", 400, "aws-throttled"],
    ["AccessDeniedException", 400, "access-denied"],
    ["UnrecognizedClientException", 400, "credentials-invalid"],
    ["InvalidSignatureException", 400, "credentials-invalid"],
    ["ExpiredTokenException", 400, "credentials-invalid"],
    ["InvalidInstanceId", 400, "node-unreachable"],
    ["InvalidDocument", 400, "setting-invalid"],
    ["UnsupportedPlatformType", 400, "setting-invalid"],
    ["ValidationException", 400, "setting-invalid"],
    ["InternalServerError", 500, "aws-failing"],
    ["ServiceUnavailable", 503, "aws-failing"],
  ])(
    "%s (HTTP %i) is %s, in one line that names the node",
    async (name, status, code) => {
      aws.on(GetCommandInvocationCommand).rejects(refusal(name, status));
      await expect(open().read(command, call)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/^node a \(i-1, eu-west-1\): [^\n]+$/),
      });
    },
  );

  it("names the missing action, and the principal that lacks it", async () => {
    const text =
      "User: arn:aws:sts::123456789012:assumed-role/rundeck/s is not authorized to perform: ssm:GetCommandInvocation";
    aws
      .on(GetCommandInvocationCommand)
      .rejects(refusal("AccessDeniedException", 400, text));
    await expect(open().read(command, call)).rejects.toThrow(
      /ssm:GetCommandInvocation to arn:aws:sts::123456789012:assumed-role\/rundeck\/s /,
    );
  });

  it("never repeats what a validation message repeats", async () => {
    const text =
      "1 validation error detected: Value 'hunter2' at 'comment' failed to satisfy constraint";
    aws
      .on(GetCommandInvocationCommand)
      .rejects(refusal("ValidationException", 400, text));
    const error = await open()
      .read(command, call)
      .catch((caught: unknown) => caught);
    expect(String(error)).toContain("'comment'");
    expect(String(error)).not.toContain("hunter2");
  });

  it.each([
    ["ECONNREFUSED", "aws-unreachable"],
    ["ENOTFOUND", "aws-unreachable"],
    ["CERT_HAS_EXPIRED", "aws-unreachable"],
  ])("Node's %s before there is a connection is %s", async (errno, code) => {
    const broken = Object.assign(new Error("connect"), { code: errno });
    aws.on(GetCommandInvocationCommand).rejects(broken);
    await expect(open().read(command, call)).rejects.toMatchObject({ code });
  });
});
