import {
  CloudWatchLogsClient,
  CloudWatchLogsServiceException,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openLogs } from "../../src/aws/logs.ts";
import { fakeClock } from "../support/clock.ts";
import { call, clientOptions } from "../support/ports.ts";

const aws = mockClient(CloudWatchLogsClient);
const open = () => openLogs(clientOptions, fakeClock());
const position = { group: "g", stream: "c/i/aws-runShellScript/stdout" };

function refusal(name: string, httpStatusCode = 400) {
  return new CloudWatchLogsServiceException({
    name,
    message: "text of AWS",
    $fault: "client",
    $metadata: { httpStatusCode },
  });
}

beforeEach(() => aws.reset());
afterAll(() => aws.restore());

describe("reading a log stream", () => {
  it("begins at its first event, and goes on where the last page ended", async () => {
    aws.on(GetLogEventsCommand).resolves({
      events: [{ message: "a\n" }, { message: "b" }],
      nextForwardToken: "f/2",
    });
    const logs = open();
    expect(await logs.read(position, call)).toEqual({
      messages: ["a\n", "b"],
      next: "f/2",
      full: false,
    });
    await logs.read({ ...position, token: "f/2" }, call);
    const inputs = aws
      .commandCalls(GetLogEventsCommand)
      .map(({ args }) => args[0].input);
    const same = {
      logGroupName: "g",
      logStreamName: "c/i/aws-runShellScript/stdout",
      startFromHead: true,
    };
    expect(inputs).toEqual([same, { ...same, nextToken: "f/2" }]);
  });

  it("takes a page of a megabyte for one that has more behind it", async () => {
    const message = "x".repeat(200_000);
    aws.on(GetLogEventsCommand).resolves({
      events: Array.from({ length: 5 }, () => ({ message })),
      nextForwardToken: "f/5",
    });
    expect((await open().read(position, call))?.full).toBe(true);
  });

  it("takes a stream that is not there, or whose group is not, for one that has not begun", async () => {
    aws.on(GetLogEventsCommand).rejects(refusal("ResourceNotFoundException"));
    expect(await open().read(position, call)).toBeUndefined();
  });

  it.each([
    ["AccessDeniedException", 400, "access-denied"],
    ["ThrottlingException", 400, "aws-throttled"],
    ["ServiceUnavailableException", 503, "aws-failing"],
  ])("translates %s", async (name, status, code) => {
    aws.on(GetLogEventsCommand).rejects(refusal(name, status));
    await expect(open().read(position, call)).rejects.toMatchObject({ code });
  });
});
