import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLogs, type Logs } from "../../../src/local/logs/logs.ts";
import type { Call } from "../../../src/local/protocol.ts";

const logGroupName = "/aws/ssm/AWS-RunShellScript";
const logStreamName = "c-1/i-1/aws-runShellScript/stdout";
let nowMs: number;
let logs: Logs;
/** Actions and resources that were asked for, in order. */
let authorized: string[];

const call: Call = {
  caller: {
    accessKeyId: "AKIAEXAMPLE",
    arn: "arn:aws:iam::111111111111:user/u",
    account: "111111111111",
  },
  region: "eu-west-1",
  requestId: "r",
  signal: new AbortController().signal,
  authorize: (action, resource) => {
    authorized.push(`${action} ${resource}`);
  },
};

const pageSchema = z.strictObject({
  events: z.array(
    z.strictObject({
      timestamp: z.number(),
      message: z.string(),
      ingestionTime: z.number(),
    }),
  ),
  nextForwardToken: z.string(),
  nextBackwardToken: z.string(),
});
type Page = z.infer<typeof pageSchema>;

async function ask(operation: string, input: object = {}): Promise<unknown> {
  return logs.handle(
    operation,
    { logGroupName, logStreamName, ...input },
    call,
  );
}

async function put(...events: [timestamp: number, message: string][]) {
  return ask("PutLogEvents", {
    logEvents: events.map(([timestamp, message]) => ({ timestamp, message })),
  });
}

async function get(input: object = {}): Promise<Page> {
  return pageSchema.parse(await ask("GetLogEvents", input));
}

async function read(input: object = {}): Promise<string[]> {
  return (await get(input)).events.map(({ message }) => message);
}

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  authorized = [];
  logs = createLogs({ now: () => nowMs });
  await ask("CreateLogGroup");
  await ask("CreateLogStream");
});

describe("GetLogEvents", () => {
  it("gives events in order of time, and of arrival within a millisecond", async () => {
    await put([nowMs, "b"], [nowMs, "c"], [nowMs + 1, "d"]);
    await put([nowMs - 5, "a"]);
    await put([nowMs, "c2"]);
    expect(await read()).toEqual(["a", "b", "c", "c2", "d"]);
  });

  it("read forward, ends with the token it was asked with, and goes on from it later", async () => {
    await put([nowMs, "1"], [nowMs, "2"], [nowMs + 1, "3"]);
    const first = await get({ startFromHead: true, limit: 2 });
    expect(first.events.map(({ message }) => message)).toEqual(["1", "2"]);
    const next = async (nextToken: string): Promise<Page> =>
      get({ startFromHead: true, nextToken });
    const second = await next(first.nextForwardToken);
    expect(second.events.map(({ message }) => message)).toEqual(["3"]);
    const end = await next(second.nextForwardToken);
    expect(end.events).toEqual([]);
    expect(end.nextForwardToken).toBe(second.nextForwardToken);
    await put([nowMs + 1, "4"]);
    const later = await next(end.nextForwardToken);
    expect(later.events.map(({ message }) => message)).toEqual(["4"]);
  });

  it("an empty stream's forward token finds what comes first", async () => {
    const { nextForwardToken: nextToken } = await get({ startFromHead: true });
    const again = await get({ startFromHead: true, nextToken });
    expect(again.nextForwardToken).toBe(nextToken);
    await put([nowMs, "first"]);
    expect(await read({ startFromHead: true, nextToken })).toEqual(["first"]);
  });

  it("from the tail gives the last events, and goes back by the other token", async () => {
    await put([nowMs, "1"], [nowMs, "2"], [nowMs, "3"]);
    const tail = await get({ limit: 2 });
    expect(tail.events.map(({ message }) => message)).toEqual(["2", "3"]);
    const nextToken = tail.nextBackwardToken;
    expect(await read({ nextToken })).toEqual(["1"]);
  });

  it("startTime is within, endTime is not", async () => {
    await put([nowMs, "a"], [nowMs + 1, "b"], [nowMs + 2, "c"]);
    const times = { startTime: nowMs + 1, endTime: nowMs + 2 };
    expect(await read(times)).toEqual(["b"]);
  });

  it("a page holds 1 MB", async () => {
    const message = "x".repeat(200_000);
    for (let index = 0; index < 7; index++) await put([nowMs, message]);
    const first = await get({ startFromHead: true });
    expect(first.events).toHaveLength(5);
    const nextToken = first.nextForwardToken;
    expect(await read({ startFromHead: true, nextToken })).toHaveLength(2);
  });

  it("a page holds 10,000 events", async () => {
    for (let batch = 0; batch < 2; batch++)
      await put(
        ...Array.from({ length: 6_000 }, (): [number, string] => [nowMs, "x"]),
      );
    expect(await read({ startFromHead: true })).toHaveLength(10_000);
    await expect(ask("GetLogEvents", { limit: 10_001 })).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
  });

  it("shows an event only after the time that visibility takes", async () => {
    logs.visibleAfterMs = 1_500;
    await put([nowMs, "late"]);
    nowMs += 1_499;
    expect(await read()).toEqual([]);
    nowMs += 1;
    expect(await read()).toEqual(["late"]);
  });

  it("takes the group by its ARN", async () => {
    const input = {
      logGroupIdentifier: `arn:aws:logs:eu-west-1:111111111111:log-group:${logGroupName}`,
      logStreamName,
    };
    await put([nowMs, "x"]);
    expect(await logs.handle("GetLogEvents", input, call)).toMatchObject({
      events: [{ message: "x" }],
    });
  });

  it("asks for the right to the stream", async () => {
    await get();
    expect(authorized.at(-1)).toBe(
      `logs:GetLogEvents arn:aws:logs:eu-west-1:111111111111:log-group:${logGroupName}:log-stream:${logStreamName}`,
    );
  });
});

describe("PutLogEvents", () => {
  const refusals: [string, [number, string][]][] = [
    ["nothing", []],
    [
      "events that are not in order",
      [
        [1_700_000_000_001, "b"],
        [1_700_000_000_000, "a"],
      ],
    ],
    [
      "more than 1 MB with 26 bytes for each event",
      [[1_700_000_000_000, "x".repeat(1_048_576 - 25)]],
    ],
    [
      "more than a day",
      [
        [1_700_000_000_000 - 86_400_001, "a"],
        [1_700_000_000_000, "b"],
      ],
    ],
    ["an empty message", [[1_700_000_000_000, ""]]],
  ];
  it.each(refusals)("refuses %s", async (_, events) => {
    await expect(put(...events)).rejects.toMatchObject({
      code: "InvalidParameterException",
    });
    expect(logs.eventsOf(logGroupName, logStreamName)).toEqual([]);
  });

  it("takes 1 MB with the 26 bytes", async () => {
    await put([nowMs, "x".repeat(1_048_576 - 26)]);
    expect(logs.eventsOf(logGroupName, logStreamName)).toHaveLength(1);
  });

  it("leaves out what is over 14 days old or two hours ahead, and says which", async () => {
    const dayMs = 86_400_000;
    expect(await put([nowMs - 14 * dayMs - 1, "old"])).toMatchObject({
      rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 },
    });
    expect(await put([nowMs, "now"], [nowMs + 7_200_001, "new"])).toMatchObject(
      { rejectedLogEventsInfo: { tooNewLogEventStartIndex: 1 } },
    );
    expect(await read()).toEqual(["now"]);
  });
});

describe("FilterLogEvents", () => {
  beforeEach(async () => {
    const other = "c-1/i-2/aws-runShellScript/stdout";
    await ask("CreateLogStream", { logStreamName: other });
    await ask("CreateLogStream", { logStreamName: "c-2/i-1/x/stdout" });
    await put([nowMs, "one of i-1"], [nowMs + 2, "two of i-1"]);
    const logEvents = [{ timestamp: nowMs + 1, message: "one of i-2" }];
    await ask("PutLogEvents", { logStreamName: other, logEvents });
    await ask("PutLogEvents", {
      logStreamName: "c-2/i-1/x/stdout",
      logEvents: [{ timestamp: nowMs, message: "of another command" }],
    });
  });

  it("merges the streams of a prefix by time, page by page", async () => {
    const logStreamNamePrefix = "c-1/";
    const filter = async (input: object): Promise<unknown> =>
      logs.handle(
        "FilterLogEvents",
        { logGroupName, logStreamNamePrefix, limit: 2, ...input },
        call,
      );
    const first = await filter({});
    expect(first).toMatchObject({
      events: [{ message: "one of i-1" }, { message: "one of i-2" }],
    });
    const nextToken =
      first && typeof first === "object" && "nextToken" in first
        ? first.nextToken
        : undefined;
    const second = await filter({ nextToken });
    expect(second).toMatchObject({ events: [{ message: "two of i-1" }] });
    expect(second).not.toHaveProperty("nextToken");
  });

  it("keeps events with all the words of a pattern", async () => {
    expect(
      await logs.handle(
        "FilterLogEvents",
        { logGroupName, filterPattern: '"of i-1" two' },
        call,
      ),
    ).toMatchObject({ events: [{ message: "two of i-1" }] });
  });
});

describe("what is not there, or is there already", () => {
  const cases: [string, object, string, string][] = [
    [
      "CreateLogGroup",
      {},
      "ResourceAlreadyExistsException",
      "The specified log group already exists",
    ],
    [
      "CreateLogStream",
      {},
      "ResourceAlreadyExistsException",
      "The specified log stream already exists",
    ],
    [
      "GetLogEvents",
      { logGroupName: "none" },
      "ResourceNotFoundException",
      "The specified log group does not exist.",
    ],
    [
      "GetLogEvents",
      { logStreamName: "none" },
      "ResourceNotFoundException",
      "The specified log stream does not exist.",
    ],
    [
      "PutLogEvents",
      { logStreamName: "none" },
      "ResourceNotFoundException",
      "The specified log stream does not exist.",
    ],
    [
      "GetLogEvents",
      { nextToken: "f/1" },
      "InvalidParameterException",
      "The specified nextToken is invalid.",
    ],
    ["StartQuery", {}, "UnknownOperationException", ""],
  ];
  it.each(cases)("%s of %j is %s", async (operation, input, code, message) => {
    await expect(ask(operation, input)).rejects.toMatchObject({
      code,
      message,
    });
  });

  it("a deleted group takes its streams with it", async () => {
    await put([nowMs, "x"]);
    await ask("DeleteLogGroup");
    await ask("CreateLogGroup");
    expect(await ask("DescribeLogStreams")).toEqual({ logStreams: [] });
  });
});

describe("describing", () => {
  it("pages streams by name, or by their last event", async () => {
    await ask("CreateLogStream", { logStreamName: "z" });
    await ask("PutLogEvents", {
      logStreamName: "z",
      logEvents: [{ timestamp: nowMs, message: "x" }],
    });
    await put([nowMs + 1, "newer"]);
    expect(await ask("DescribeLogStreams", { limit: 1 })).toMatchObject({
      logStreams: [{ logStreamName, lastEventTimestamp: nowMs + 1 }],
      nextToken: "1",
    });
    expect(
      await ask("DescribeLogStreams", {
        orderBy: "LastEventTime",
        descending: true,
      }),
    ).toMatchObject({
      logStreams: [{ logStreamName }, { logStreamName: "z" }],
    });
  });

  it("groups carry both of their ARNs", async () => {
    const arn = `arn:aws:logs:eu-west-1:111111111111:log-group:${logGroupName}`;
    expect(
      await ask("DescribeLogGroups", { logGroupNamePrefix: "/aws/" }),
    ).toMatchObject({
      logGroups: [{ logGroupName, arn: `${arn}:*`, logGroupArn: arn }],
    });
    expect(
      await ask("DescribeLogGroups", { logGroupNamePrefix: "/none" }),
    ).toEqual({ logGroups: [] });
  });
});
