import { AwsFault } from "../protocol.ts";
import { comparePositions, type LogEvent, type Position } from "./store.ts";

/** A page holds 10,000 events or 1 MB, whichever comes first. Source: GetLogEvents in the CloudWatch Logs API reference. */
const maxPageEvents = 10_000;
const maxPageBytes = 1_048_576;

export type PageRequest = {
  /** Those that can be seen and are within the asked times, ascending. */
  events: LogEvent[];
  limit?: number | undefined;
  nextToken?: string | undefined;
  startFromHead: boolean;
};

export type Page = {
  events: LogEvent[];
  nextForwardToken: string;
  nextBackwardToken: string;
};

/** A token's own direction wins over `startFromHead`. With nothing more to give, the token that came goes back: callers stop on that. */
export function readPage(request: PageRequest): Page {
  const token = parseToken(request.nextToken);
  const forward = token ? token.forward : request.startFromHead;
  const from = token?.position;
  const events = forward
    ? takeForward(request, from)
    : takeBackward(request, from);
  const first = events[0];
  const last = events.at(-1);
  const here = from ?? edgeOf(request);
  return {
    events,
    nextForwardToken: formatToken("f", last ?? here),
    nextBackwardToken: formatToken("b", first ?? here),
  };
}

/** As many events from the front as a page holds; one that is larger than a page still comes, alone. */
export function fillPage<T extends LogEvent>(
  events: Iterable<T>,
  limit = maxPageEvents,
): T[] {
  const page: T[] = [];
  let bytes = 0;
  for (const event of events) {
    bytes += Buffer.byteLength(event.message);
    const full =
      page.length >= Math.min(limit, maxPageEvents) || bytes > maxPageBytes;
    if (full && page.length > 0) break;
    page.push(event);
  }
  return page;
}

function takeForward(request: PageRequest, from?: Position): LogEvent[] {
  const rest = from
    ? request.events.filter((event) => comparePositions(event, from) > 0)
    : request.events;
  return fillPage(rest, request.limit);
}

function takeBackward(request: PageRequest, from?: Position): LogEvent[] {
  const rest = from
    ? request.events.filter((event) => comparePositions(event, from) < 0)
    : request.events;
  return fillPage(rest.toReversed(), request.limit).toReversed();
}

/** Where an empty page stands: before everything that is still to come when read from the head, after all that is there otherwise. */
function edgeOf(request: PageRequest): Position {
  const last = request.events.at(-1);
  return request.startFromHead || !last
    ? { timestampMs: 0, sequence: 0 }
    : last;
}

const half = 28;

function formatToken(direction: "f" | "b", position: Position): string {
  return `${direction}/${digits(position.timestampMs)}${digits(position.sequence)}`;
}

function digits(value: number): string {
  return String(value).padStart(half, "0");
}

function parseToken(
  token: string | undefined,
): { forward: boolean; position: Position } | undefined {
  if (token === undefined) return undefined;
  const [, direction, timestamp, sequence] =
    /^([fb])\/(\d{28})(\d{28})$/.exec(token) ?? [];
  if (direction === undefined)
    throw new AwsFault(
      "InvalidParameterException",
      "The specified nextToken is invalid.",
    );
  return {
    forward: direction === "f",
    position: { timestampMs: Number(timestamp), sequence: Number(sequence) },
  };
}
