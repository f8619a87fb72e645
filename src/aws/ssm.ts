import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type {
  Command,
  GetCommandInvocationCommandOutput,
  SendCommandCommandInput,
} from "@aws-sdk/client-ssm";
import * as z from "zod/mini";
import { BridgeError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import { errorName } from "./errors.ts";

/** One command on one node: what identifies a run, also across processes. */
export type CommandOnNode = {
  commandId: string;
  instanceId: string;
  /** Of a document of several plugins, the one whose output is wanted: "aws:runShellScript". */
  plugin?: string;
};

export type SendRequest = {
  instanceId: string;
  documentName: string;
  parameters: Record<string, string[]>;
  /** At most 100 characters. Holds the run id by which `find` knows the command again. */
  comment: string;
  deliveryTimeoutSeconds: number;
  /** CloudWatch Logs group that the node writes its output to, while it runs. */
  logGroup?: string;
};

/** What Run Command knows of a command on a node. */
export type Invocation = {
  /** StatusDetails in one spelling: letters only ("ExecutionTimedOut"); "NotVisible" just after a send. */
  status: string;
  /** -1 until the end, and sometimes at it. */
  responseCode: number;
  stdout: string;
  stderr: string;
  /** How long the node says that it worked, in ms; absent until the end. */
  elapsedMs?: number;
};

/** Run Command, as narrow as the pipelines need it. Each call is one request; all throw translated `BridgeError`s. */
export type Ssm = {
  send(request: SendRequest, signal: AbortSignal): Promise<CommandOnNode>;
  read(command: CommandOnNode, signal: AbortSignal): Promise<Invocation>;
  /** Asks AWS to cancel the command on this node alone. */
  cancel(command: CommandOnNode, signal: AbortSignal): Promise<void>;
  /** The command on `instanceId` whose comment holds `runId` and that is not older than `sinceEpochMs`, if AWS shows one. */
  find(
    search: { instanceId: string; runId: string; sinceEpochMs: number },
    signal: AbortSignal,
  ): Promise<CommandOnNode | undefined>;
  close(): void;
};

/** Opens Run Command for a node. `target` names node and region in error lines. Nothing is sent until the first call. */
export function openSsm(
  options: ClientOptions,
  target: string,
  clock: Clock,
): Ssm {
  const client = new SSMClient(clientConfig(options));
  const call = openCaller(target, clock);
  return {
    send: (request, signal) =>
      call("ssm:SendCommand", signal, async (limits) => {
        const answer = await client.send(
          new SendCommandCommand(sendInput(request)),
          limits,
        );
        const { CommandId } = sent.parse(answer.Command ?? {});
        return { commandId: CommandId, instanceId: request.instanceId };
      }),
    read: (command, signal) =>
      call("ssm:GetCommandInvocation", signal, async (limits) => {
        try {
          return invocation(await getInvocation(client, command, limits));
        } catch (error) {
          if (errorName(error) === "InvocationDoesNotExist") return notVisible;
          throw error;
        }
      }),
    cancel: (command, signal) =>
      call("ssm:CancelCommand", signal, async (limits) => {
        const input = {
          CommandId: command.commandId,
          InstanceIds: [command.instanceId],
        };
        await client.send(new CancelCommandCommand(input), limits);
      }),
    find: (search, signal) =>
      call("ssm:ListCommands", signal, (limits) =>
        findCommand(client, search, limits),
      ),
    close: () => client.destroy(),
  };
}

async function getInvocation(
  client: SSMClient,
  command: CommandOnNode,
  limits: { abortSignal: AbortSignal },
): Promise<GetCommandInvocationCommandOutput> {
  const { plugin } = command;
  const get = (more: { PluginName?: string }) =>
    client.send(
      new GetCommandInvocationCommand({ ...names(command), ...more }),
      limits,
    );
  if (plugin === undefined) return get({});
  try {
    return await get({ PluginName: plugin });
  } catch (error) {
    if (errorName(error) !== "InvalidPluginName") throw error;
    // what the agent calls by its plugin, the service may call by its step
    return get({ PluginName: plugin.replace(/^aws:/, "") });
  }
}

async function findCommand(
  client: SSMClient,
  search: { instanceId: string; runId: string; sinceEpochMs: number },
  limits: { abortSignal: AbortSignal },
): Promise<CommandOnNode | undefined> {
  const { instanceId, runId, sinceEpochMs } = search;
  let token: string | undefined;
  do {
    const input = {
      InstanceId: instanceId,
      MaxResults: 50,
      Filters: [
        { key: "InvokedAfter" as const, value: isoSecond(sinceEpochMs) },
      ],
      ...(token === undefined ? {} : { NextToken: token }),
    };
    const page = await client.send(new ListCommandsCommand(input), limits);
    const found = page.Commands?.find((command) => isRun(command, runId));
    if (found?.CommandId) return { commandId: found.CommandId, instanceId };
    token = page.NextToken;
  } while (token);
  return undefined;
}

const sent = z.object({ CommandId: z.string().check(z.minLength(1)) });

const notVisible: Invocation = {
  status: "NotVisible",
  responseCode: -1,
  stdout: "",
  stderr: "",
};

function names({ commandId, instanceId }: CommandOnNode) {
  return { CommandId: commandId, InstanceId: instanceId };
}

function sendInput(request: SendRequest): SendCommandCommandInput {
  return {
    InstanceIds: [request.instanceId],
    DocumentName: request.documentName,
    Parameters: request.parameters,
    Comment: request.comment,
    TimeoutSeconds: request.deliveryTimeoutSeconds,
    ...(request.logGroup === undefined
      ? {}
      : {
          CloudWatchOutputConfig: {
            CloudWatchOutputEnabled: true,
            CloudWatchLogGroupName: request.logGroup,
          },
        }),
  };
}

function invocation(answer: GetCommandInvocationCommandOutput): Invocation {
  const status = answer.StatusDetails || answer.Status;
  if (!status)
    throw new BridgeError(
      "aws-failing",
      "AWS answered GetCommandInvocation without a status",
    );
  const elapsedMs = durationMs(answer.ExecutionElapsedTime ?? "");
  return {
    status: status.replaceAll(/[^A-Za-z]/g, ""),
    responseCode: answer.ResponseCode ?? -1,
    stdout: answer.StandardOutputContent ?? "",
    stderr: answer.StandardErrorContent ?? "",
    ...(elapsedMs === undefined ? {} : { elapsedMs }),
  };
}

function isRun(command: Command, runId: string): boolean {
  return command.Comment?.includes(runId) ?? false;
}

/** `PT1H2M3.45S` in ms. Source: GetCommandInvocation, ExecutionElapsedTime (ISO 8601). */
function durationMs(text: string): number | undefined {
  const found =
    /^P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text);
  if (!found) return undefined;
  const [days, hours, minutes, seconds] = found
    .slice(1)
    .map((n) => Number(n ?? 0));
  return (
    (((days ?? 0) * 24 + (hours ?? 0)) * 3600 +
      (minutes ?? 0) * 60 +
      (seconds ?? 0)) *
    1000
  );
}

/** ListCommands wants whole seconds. */
function isoSecond(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, "Z");
}
