import type { Call } from "../protocol.ts";
import { checkRange, invalid, type Input } from "./input.ts";
import { arnOf, openGroup, type LogsState } from "./state.ts";
import type { LogGroup, LogStream } from "./store.ts";

export function describeGroups(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  call.authorize("logs:DescribeLogGroups", arnOf(call, ":log-stream:"));
  const prefix = input.optionalText("logGroupNamePrefix") ?? "";
  const pattern =
    input.optionalText("logGroupNamePattern")?.toLowerCase() ?? "";
  const groups = [...state.groups.values()]
    .filter(
      ({ name }) =>
        name.startsWith(prefix) && name.toLowerCase().includes(pattern),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { page, nextToken } = slicePage(groups, input);
  return {
    logGroups: page.map((group) => toGroup(group, call)),
    ...nextToken,
  };
}

export function describeStreams(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const action = "logs:DescribeLogStreams";
  const group = openGroup(state, input, { call, action });
  const prefix = input.optionalText("logStreamNamePrefix");
  const byTime = input.optionalText("orderBy") === "LastEventTime";
  if (byTime && prefix !== undefined)
    throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const streams = [...group.streams.values()]
    .filter(({ name }) => name.startsWith(prefix ?? ""))
    .toSorted((a, b) =>
      byTime ? lastEventMs(a) - lastEventMs(b) : a.name < b.name ? -1 : 1,
    );
  if (input.flag("descending")) streams.reverse();
  const { page, nextToken } = slicePage(streams, input);
  return {
    logStreams: page.map((stream) =>
      toStream(stream, arnOf(call, `${group.name}:log-stream:${stream.name}`)),
    ),
    ...nextToken,
  };
}

function slicePage<T>(
  all: T[],
  input: Input,
): { page: T[]; nextToken: { nextToken?: string } } {
  const limit =
    checkRange(input.optionalNumber("limit"), "limit", [1, 50]) ?? 50;
  const from = Number(input.optionalText("nextToken") ?? "0");
  if (!Number.isInteger(from))
    throw invalid("The specified nextToken is invalid.");
  const next = from + limit;
  return {
    page: all.slice(from, next),
    nextToken: next < all.length ? { nextToken: String(next) } : {},
  };
}

function toGroup(group: LogGroup, call: Call): object {
  const storedBytes = [...group.streams.values()]
    .flatMap(({ events }) => events)
    .reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
  return {
    logGroupName: group.name,
    creationTime: group.createdMs,
    metricFilterCount: 0,
    arn: arnOf(call, `${group.name}:*`),
    logGroupArn: arnOf(call, group.name),
    logGroupClass: "STANDARD",
    storedBytes,
    ...(group.retentionInDays === undefined
      ? {}
      : { retentionInDays: group.retentionInDays }),
  };
}

function toStream(stream: LogStream, arn: string): object {
  const [first, last] = [stream.events[0], stream.events.at(-1)];
  return {
    logStreamName: stream.name,
    creationTime: stream.createdMs,
    arn,
    storedBytes: 0,
    uploadSequenceToken: String(stream.events.length).padStart(56, "0"),
    ...(first && last
      ? {
          firstEventTimestamp: first.timestampMs,
          lastEventTimestamp: last.timestampMs,
          lastIngestionTime: last.ingestedMs,
        }
      : {}),
  };
}

function lastEventMs(stream: LogStream): number {
  return stream.events.at(-1)?.timestampMs ?? 0;
}
