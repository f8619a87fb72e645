import type { Call } from "../protocol.ts";
import { checkRange, invalid, type Input } from "./input.ts";
import { openGroup, type LogsState } from "./state.ts";
import { fillPage } from "./page.ts";
import { visibleEvents } from "./read.ts";
import {
  comparePositions,
  type LogEvent,
  type LogGroup,
  type LogStream,
} from "./store.ts";

type Found = LogEvent & { streamName: string };

/** Events of many streams of a group, ascending by time. The pattern is of the simplest kind: words that all must occur. */
export function filterLogEvents(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const group = openGroup(state, input, {
    call,
    action: "logs:FilterLogEvents",
  });
  const matches = patternMatcher(input.optionalText("filterPattern") ?? "");
  const offset = parseOffset(input.optionalText("nextToken"));
  const found: Found[] = chooseStreams(group, input)
    .flatMap((stream) =>
      visibleEvents(state, stream, input).map((event) => ({
        ...event,
        streamName: stream.name,
      })),
    )
    .filter(({ message }) => matches(message))
    .toSorted(comparePositions);
  const limit = checkRange(input.optionalNumber("limit"), "limit", [1, 10_000]);
  const page = fillPage(found.slice(offset), limit);
  const next = offset + page.length;
  return {
    events: page.map(toFilteredEvent),
    searchedLogStreams: [],
    ...(next < found.length ? { nextToken: `offset-${next}` } : {}),
  };
}

function toFilteredEvent(event: Found): object {
  return {
    logStreamName: event.streamName,
    timestamp: event.timestampMs,
    message: event.message,
    ingestionTime: event.ingestedMs,
    eventId: String(event.sequence).padStart(56, "0"),
  };
}

function chooseStreams(group: LogGroup, input: Input): LogStream[] {
  const names = input.list("logStreamNames");
  const prefix = input.optionalText("logStreamNamePrefix");
  if (names.length > 0 && prefix !== undefined)
    throw invalid(
      "logStreamNamePrefix and logStreamNames are mutually exclusive.",
    );
  return [...group.streams.values()].filter(
    ({ name }) =>
      name.startsWith(prefix ?? "") &&
      (names.length === 0 || names.includes(name)),
  );
}

function patternMatcher(pattern: string): (message: string) => boolean {
  const words = (pattern.match(/"[^"]*"|\S+/g) ?? []).map((word) =>
    word.replace(/^"|"$/g, ""),
  );
  return (message) => words.every((word) => message.includes(word));
}

function parseOffset(token: string | undefined): number {
  if (token === undefined) return 0;
  const [, offset] = /^offset-(\d+)$/.exec(token) ?? [];
  if (offset === undefined)
    throw invalid("The specified nextToken is invalid.");
  return Number(offset);
}
