/** One log event as it is kept: ordered by time, then by arrival. */
export type LogEvent = {
  timestampMs: number;
  ingestedMs: number;
  /** Arrival number within the whole store; ties of time keep their order by it. */
  sequence: number;
  message: string;
};

export type LogStream = {
  name: string;
  createdMs: number;
  /** Ascending by position. */
  events: LogEvent[];
};

export type LogGroup = {
  name: string;
  createdMs: number;
  retentionInDays?: number;
  streams: Map<string, LogStream>;
};

/** A place between events: those after it compare greater. */
export type Position = Pick<LogEvent, "timestampMs" | "sequence">;

export function comparePositions(a: Position, b: Position): number {
  return a.timestampMs - b.timestampMs || a.sequence - b.sequence;
}

/** Events mostly arrive in order of time, so they are put in from the back. */
export function insertEvent(stream: LogStream, event: LogEvent): void {
  const { events } = stream;
  let at = events.length;
  while (at > 0) {
    const before = events[at - 1];
    if (before === undefined || comparePositions(before, event) <= 0) break;
    at -= 1;
  }
  events.splice(at, 0, event);
}
