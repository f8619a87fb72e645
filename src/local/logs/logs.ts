import { AwsFault, type Call, type JsonService } from "../protocol.ts";
import { describeGroups, describeStreams } from "./describe.ts";
import { filterLogEvents } from "./filter.ts";
import {
  createLogGroup,
  createLogStream,
  deleteLogGroup,
  deleteLogStream,
  putRetentionPolicy,
} from "./groups.ts";
import { readInput, type Input } from "./input.ts";
import { getLogEvents } from "./read.ts";
import { addGroup, type LogsState } from "./state.ts";
import type { LogEvent, LogGroup } from "./store.ts";
import { putLogEvents } from "./write.ts";

export type LogsOptions = {
  /** Default: the machine's clock. */
  now?: () => number;
};

/** CloudWatch Logs in memory, with what a test wants to see and disturb. */
export type Logs = JsonService & {
  /** How long an accepted event stays unseen by readers. */
  visibleAfterMs: number;
  createGroup(name: string): void;
  /** All events of a stream, seen or not yet, in order; empty if there is no such stream. */
  eventsOf(group: string, stream: string): LogEvent[];
};

type Operation = (state: LogsState, input: Input, call: Call) => object;

const operations: Record<string, Operation> = {
  CreateLogGroup: createLogGroup,
  DeleteLogGroup: deleteLogGroup,
  PutRetentionPolicy: putRetentionPolicy,
  CreateLogStream: createLogStream,
  DeleteLogStream: deleteLogStream,
  DescribeLogGroups: describeGroups,
  DescribeLogStreams: describeStreams,
  PutLogEvents: putLogEvents,
  GetLogEvents: getLogEvents,
  FilterLogEvents: filterLogEvents,
};

export function createLogs(options: LogsOptions = {}): Logs {
  const groups = new Map<string, LogGroup>();
  const now = options.now ?? Date.now;
  let sequence = 0;
  const logs: Logs = {
    visibleAfterMs: 0,
    createGroup: (name) => addGroup(state, name),
    eventsOf: (group, stream) => [
      ...(groups.get(group)?.streams.get(stream)?.events ?? []),
    ],
    async handle(operation, input, call) {
      const run = operations[operation];
      if (!run) throw new AwsFault("UnknownOperationException", "");
      return run(state, readInput(input), call);
    },
  };
  const state: LogsState = {
    groups,
    now,
    nextSequence: () => (sequence += 1),
    visibleAfterMs: () => logs.visibleAfterMs,
  };
  return logs;
}
