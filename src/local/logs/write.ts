import type { Call } from "../protocol.ts";
import { invalid, type Input } from "./input.ts";
import { openGroup, openStream, type LogsState } from "./state.ts";
import { insertEvent } from "./store.ts";

/** Source: PutLogEvents in the CloudWatch Logs API reference. */
const maxBatchBytes = 1_048_576;
const maxBatchEvents = 10_000;
const overheadBytes = 26;
const dayMs = 24 * 3_600_000;
const oldestMs = 14 * dayMs;
const newestMs = 2 * 3_600_000;

type Incoming = { timestamp: number; message: string };

export function putLogEvents(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const streamName = input.text("logStreamName");
  const action = "logs:PutLogEvents";
  const group = openGroup(state, input, { call, action, stream: streamName });
  const stream = openStream(group, streamName);
  const batch = input.list("logEvents").map(parseEvent);
  refuseBatch(batch);

  const now = state.now();
  const tooOld = batch.filter((it) => it.timestamp < now - oldestMs).length;
  const tooNew = batch.findIndex((it) => it.timestamp > now + newestMs);
  const accepted = batch.slice(tooOld, tooNew < 0 ? undefined : tooNew);
  for (const { timestamp, message } of accepted)
    insertEvent(stream, {
      timestampMs: timestamp,
      ingestedMs: now,
      sequence: state.nextSequence(),
      message,
    });
  const rejected = {
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(tooNew < 0 ? {} : { tooNewLogEventStartIndex: tooNew }),
  };
  return {
    nextSequenceToken: String(stream.events.length).padStart(56, "0"),
    ...(tooOld > 0 || tooNew >= 0 ? { rejectedLogEventsInfo: rejected } : {}),
  };
}

function refuseBatch(batch: Incoming[]): void {
  if (batch.length === 0 || batch.length > maxBatchEvents)
    throw invalid(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and ${maxBatchEvents}, inclusive`,
    );
  let bytes = 0;
  let latest = -Infinity;
  for (const { timestamp, message } of batch) {
    bytes += Buffer.byteLength(message) + overheadBytes;
    if (timestamp < latest)
      throw invalid(
        "Log events in a single PutLogEvents request must be in chronological order.",
      );
    latest = timestamp;
  }
  if (bytes > maxBatchBytes)
    throw invalid(
      `Upload too large: ${bytes} bytes exceeds limit of ${maxBatchBytes}`,
    );
  if (latest - (batch[0]?.timestamp ?? latest) > dayMs)
    throw invalid(
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
}

function parseEvent(event: unknown): Incoming {
  if (typeof event !== "object" || event === null) throw notAnEvent();
  const { timestamp, message }: { timestamp?: unknown; message?: unknown } =
    event;
  if (typeof timestamp !== "number" || typeof message !== "string")
    throw notAnEvent();
  if (message === "")
    throw invalid(
      "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  return { timestamp, message };
}

function notAnEvent(): Error {
  return invalid("A log event needs a timestamp and a message.");
}
