import { AwsFault, type Call } from "../protocol.ts";
import { invalid, type Input } from "./input.ts";
import {
  addGroup,
  arnOf,
  openGroup,
  openStream,
  type LogsState,
} from "./state.ts";

export function createLogGroup(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const name = input.text("logGroupName");
  call.authorize("logs:CreateLogGroup", arnOf(call, `${name}:log-stream:`));
  if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name))
    throw invalid(
      `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
    );
  if (state.groups.has(name))
    throw new AwsFault(
      "ResourceAlreadyExistsException",
      "The specified log group already exists",
    );
  addGroup(state, name);
  return {};
}

export function deleteLogGroup(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const group = openGroup(state, input, {
    call,
    action: "logs:DeleteLogGroup",
  });
  state.groups.delete(group.name);
  return {};
}

export function putRetentionPolicy(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const action = "logs:PutRetentionPolicy";
  const group = openGroup(state, input, { call, action });
  const days = input.optionalNumber("retentionInDays");
  if (days === undefined) throw invalid("retentionInDays must not be null");
  group.retentionInDays = days;
  return {};
}

export function createLogStream(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const name = input.text("logStreamName");
  const action = "logs:CreateLogStream";
  const group = openGroup(state, input, { call, action, stream: name });
  if (!/^[^:*]{1,512}$/s.test(name))
    throw invalid(
      `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
    );
  if (group.streams.has(name))
    throw new AwsFault(
      "ResourceAlreadyExistsException",
      "The specified log stream already exists",
    );
  group.streams.set(name, { name, createdMs: state.now(), events: [] });
  return {};
}

export function deleteLogStream(
  state: LogsState,
  input: Input,
  call: Call,
): object {
  const name = input.text("logStreamName");
  const action = "logs:DeleteLogStream";
  const group = openGroup(state, input, { call, action, stream: name });
  group.streams.delete(openStream(group, name).name);
  return {};
}
