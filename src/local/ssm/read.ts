import { AwsFault, type Call } from "../protocol.ts";
import { commandIdBounds, instanceIdBounds, pageBounds } from "./bounds.ts";
import {
  type Command,
  type Invocation,
  statusOf,
  statusOfCommand,
} from "./commands.ts";
import type { Input } from "./input.ts";
import { takePage } from "./paging.ts";
import { findInvocation, isVisible, type SsmState } from "./state.ts";
import { viewCommand, viewInvocation, viewResult } from "./views.ts";

export function getCommandInvocation(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const commandId = input.requiredText("CommandId", commandIdBounds);
  const instanceId = input.requiredText("InstanceId", instanceIdBounds);
  const asked = input.text("PluginName", { min: 4 });
  input.finish();
  call.authorize("ssm:GetCommandInvocation", anyResource(call));
  const command = ownCommand(state, commandId, call);
  const invocation = findInvocation(command, instanceId);
  if (
    !command ||
    !invocation ||
    !isVisible(state, command, state.visibility.invocationsAfterMs)
  )
    throw new AwsFault("InvocationDoesNotExist", "");
  const plugins = command.document.plugins.map(({ name }) => name);
  if (asked !== undefined && !plugins.includes(asked))
    throw new AwsFault("InvalidPluginName", "");
  const only = plugins.length === 1 ? plugins[0] : undefined;
  return viewResult(invocation, asked ?? only ?? "");
}

export function listCommands(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const query = readQuery(state, input, call, "ssm:ListCommands");
  const commands = [...state.commands.values()]
    .filter((command) => isMeant(state, command, query, call))
    .filter(
      (command) =>
        query.instanceId === undefined ||
        findInvocation(command, query.instanceId) !== undefined,
    )
    .filter((command) =>
      query.filters.every((it) =>
        matches(it, command, statusOfCommand(command)),
      ),
    )
    .toReversed();
  const { page, nextToken } = takePage(
    commands,
    (it) => it.commandId,
    query.paging,
  );
  return { Commands: page.map(viewCommand), ...nextTokenOf(nextToken) };
}

export function listCommandInvocations(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const parts = input.flag("Details") ? "details" : "summary";
  const query = readQuery(state, input, call, "ssm:ListCommandInvocations");
  const invocations = [...state.commands.values()]
    .filter((command) => isMeant(state, command, query, call))
    .toReversed()
    .flatMap((command) => command.invocations)
    .filter((it) => isAsked(it, query));
  const { page, nextToken } = takePage(
    invocations,
    (it) => `${it.command.commandId}/${it.instanceId}`,
    query.paging,
  );
  return {
    CommandInvocations: page.map((it) => viewInvocation(it, parts)),
    ...nextTokenOf(nextToken),
  };
}

type Filter = { key: string; value: string };

type Query = {
  commandId: string | undefined;
  instanceId: string | undefined;
  filters: Filter[];
  paging: { token: string | undefined; size: number };
};

const filterKeys = [
  "InvokedAfter",
  "InvokedBefore",
  "Status",
  "ExecutionStage",
  "DocumentName",
] as const;

function readQuery(
  state: SsmState,
  input: Input,
  call: Call,
  action: string,
): Query {
  const query = {
    commandId: input.text("CommandId", commandIdBounds),
    instanceId: input.text("InstanceId", instanceIdBounds),
    filters: input.structures("Filters", { min: 1, max: 5 }).map((filter) => ({
      key: filter.requiredText("key", { oneOf: filterKeys }),
      value: filter.requiredText("value", { min: 1, max: 128 }),
    })),
    paging: {
      token: input.text("NextToken"),
      size: input.number("MaxResults", pageBounds) ?? 50,
    },
  };
  input.finish();
  call.authorize(action, anyResource(call));
  return query;
}

function isMeant(
  state: SsmState,
  command: Command,
  { commandId }: Query,
  call: Call,
): boolean {
  return (
    (commandId === undefined || command.commandId === commandId) &&
    command.account === call.caller.account &&
    command.region === call.region &&
    isVisible(state, command, state.visibility.listsAfterMs)
  );
}

function isAsked(invocation: Invocation, query: Query): boolean {
  const { status } = statusOf(invocation);
  return (
    (query.instanceId === undefined ||
      invocation.instanceId === query.instanceId) &&
    query.filters.every((it) => matches(it, invocation.command, status))
  );
}

function matches(
  { key, value }: Filter,
  command: Command,
  status: string,
): boolean {
  switch (key) {
    case "InvokedAfter":
      return command.requestedAtMs >= Date.parse(value);
    case "InvokedBefore":
      return command.requestedAtMs < Date.parse(value);
    case "Status":
      return status.toLowerCase() === value.toLowerCase();
    case "DocumentName":
      return command.document.name === value;
    case "ExecutionStage":
      return isExecuting(status) === (value === "Executing");
    default:
      throw new AwsFault("InvalidFilterKey", "");
  }
}

function isExecuting(status: string): boolean {
  return ["Pending", "InProgress", "Cancelling"].includes(status);
}

function nextTokenOf(nextToken: string | undefined): object {
  return nextToken === undefined ? {} : { NextToken: nextToken };
}

/** The resource of SSM's actions that know no resources of their own. */
export function anyResource(call: Call): string {
  return `arn:aws:ssm:${call.region}:${call.caller.account}:*`;
}

export function ownCommand(
  state: SsmState,
  commandId: string,
  call: Call,
): Command | undefined {
  const command = state.commands.get(commandId);
  return command?.account === call.caller.account &&
    command.region === call.region
    ? command
    : undefined;
}
