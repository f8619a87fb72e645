import { AwsFault, type Call } from "../protocol.ts";
import { invalid, type Input } from "./input.ts";
import type { LogGroup, LogStream } from "./store.ts";

/** What every operation gets. */
export type LogsState = {
  groups: Map<string, LogGroup>;
  now: () => number;
  nextSequence: () => number;
  visibleAfterMs: () => number;
};

/** The group that an operation names, by name or by ARN, once the caller may do this to it. */
export function openGroup(
  state: LogsState,
  input: Input,
  {
    call,
    action,
    stream = "",
  }: { call: Call; action: string; stream?: string },
): LogGroup {
  const name = groupNameOf(input);
  call.authorize(action, arnOf(call, `${name}:log-stream:${stream}`));
  const group = state.groups.get(name);
  if (!group)
    throw new AwsFault(
      "ResourceNotFoundException",
      "The specified log group does not exist.",
    );
  return group;
}

export function openStream(group: LogGroup, name: string): LogStream {
  const stream = group.streams.get(name);
  if (!stream)
    throw new AwsFault(
      "ResourceNotFoundException",
      "The specified log stream does not exist.",
    );
  return stream;
}

export function arnOf(call: Call, rest: string): string {
  return `arn:aws:logs:${call.region}:${call.caller.account}:log-group:${rest}`;
}

function groupNameOf(input: Input): string {
  const identifier = input.optionalText("logGroupIdentifier");
  if (identifier === undefined) return input.text("logGroupName");
  if (input.optionalText("logGroupName") !== undefined)
    throw invalid(
      "LogGroupName and LogGroupIdentifier are mutually exclusive.",
    );
  return identifier
    .replace(/^arn:aws[\w-]*:logs:[^:]*:[^:]*:log-group:/, "")
    .replace(/:\*$/, "");
}

export function addGroup(state: LogsState, name: string): void {
  state.groups.set(name, { name, createdMs: state.now(), streams: new Map() });
}
