import type { Call } from "../protocol.ts";
import { checkRange, type Input } from "./input.ts";
import { openGroup, openStream, type LogsState } from "./state.ts";
import { readPage } from "./page.ts";
import type { LogEvent, LogStream } from "./store.ts";

export function getLogEvents(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const streamName = input.text("logStreamName");
  const action = "logs:GetLogEvents";
  const group = openGroup(state, input, { call, action, stream: streamName });
  const page = readPage({
    events: visibleEvents(state, openStream(group, streamName), input),
    limit: checkRange(input.optionalNumber("limit"), "limit", [1, 10_000]),
    nextToken: input.optionalText("nextToken"),
    startFromHead: input.flag("startFromHead"),
  });
  return {
    ...page,
    events: page.events.map(({ timestampMs, message, ingestedMs }) => ({
      timestamp: timestampMs,
      message,
      ingestionTime: ingestedMs,
    })),
  };
}

/** Those that readers can see by now, from `startTime` on and before `endTime`. */
export function visibleEvents(
  state: LogsState,
  stream: LogStream,
  input: Input,
): LogEvent[] {
  const start = input.optionalNumber("startTime") ?? -Infinity;
  const end = input.optionalNumber("endTime") ?? Infinity;
  const seenBefore = state.now() - state.visibleAfterMs();
  return stream.events.filter(
    ({ timestampMs, ingestedMs }) =>
      timestampMs >= start && timestampMs < end && ingestedMs <= seenBefore,
  );
}
