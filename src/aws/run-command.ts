import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type {
  CommandInvocation,
  GetCommandInvocationCommandOutput,
  SendCommandCommandInput,
} from "@aws-sdk/client-ssm";
import * as z from "zod/mini";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import type { Call } from "./companions.ts";
import { describeNodes } from "./describe-nodes.ts";
import { findCommand } from "./find-command.ts";
import type { FoundCommand } from "./find-command.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import { errorName, UnreadableAnswer } from "./failure.ts";
import type {
  CommandOnNode,
  Invocation,
  NodeState,
  SendRequest,
  Ssm,
} from "./ssm.ts";

/**
 * Run Command as whoever works for many nodes asks it. Each call is one request; all throw translated `BridgeError`s. Knows no node: an
 * instance is an id.
 */
export type RunCommand = Pick<Ssm, "read" | "close"> & {
  /**
   * Sends one command to up to 50 instances, which are asked for when the request is made; `request.instanceId` does not count. Answers the
   * command's id.
   */
  sendTo(
    instanceIds: () => readonly string[],
    request: SendRequest,
    call: Call,
  ): Promise<string>;
  /** Asks AWS to cancel the command on these instances alone, up to 50. */
  cancelOn(
    commandId: string,
    instanceIds: readonly string[],
    call: Call,
  ): Promise<void>;
  /** A page of what AWS shows of a command on its instances: `ssm:ListCommandInvocations`, up to 50 on each page. */
  list(commandId: string, call: Call, token?: string): Promise<ListPage>;
  /** The latest commands on `instanceId` are searched for the one whose comment holds `runId`. */
  find(
    search: { instanceId: string; runId: string },
    call: Call,
  ): Promise<FoundCommand | undefined>;
  /** What SSM knows of up to 50 nodes. */
  describe(
    instanceIds: readonly string[],
    call: Call,
  ): Promise<ReadonlyMap<string, NodeState>>;
};

/** `next`: how the following page is asked for. */
export type ListPage = {
  invocations: readonly ListedInvocation[];
  next?: string;
};

/** What a list tells of a command on an instance. */
export type ListedInvocation = {
  instanceId: string;
  /** As in `Invocation`. */
  status: string;
  /** Of a command that ran one script: its code, and both streams in one text, cut at 2,500 bytes. Source: agent 3.3. */
  script?: { responseCode: number; output: string };
};

/** Opens Run Command. Nothing is sent until the first call. */
export function openRunCommand(
  options: ClientOptions,
  clock: Clock,
): RunCommand {
  const client = new SSMClient(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    sendTo: (instanceIds, request, to) =>
      call(
        "ssm:SendCommand",
        to,
        async (limits) => {
          const command = new SendCommandCommand(
            sendInput(instanceIds(), request),
          );
          const answer = await client.send(command, limits);
          return sent.parse(answer.Command ?? {}).CommandId;
        },
        {
          setting: request.documentFrom ?? "ssm-document-name",
          value: request.documentName,
        },
      ),
    read: (command, to) =>
      call("ssm:GetCommandInvocation", to, async (limits) => {
        try {
          return invocation(await getInvocation(client, command, limits));
        } catch (error) {
          if (errorName(error) === "InvocationDoesNotExist") return notVisible;
          throw error;
        }
      }),
    cancelOn: (commandId, instanceIds, to) =>
      call("ssm:CancelCommand", to, async (limits) => {
        const input = { CommandId: commandId, InstanceIds: [...instanceIds] };
        await client.send(new CancelCommandCommand(input), limits);
      }),
    list: (commandId, to, token) =>
      call("ssm:ListCommandInvocations", to, (limits) =>
        listInvocations(client, { commandId, token }, limits),
      ),
    find: (search, to) =>
      call("ssm:ListCommands", to, (limits) =>
        findCommand(client, search, limits),
      ),
    describe: (instanceIds, to) =>
      call("ssm:DescribeInstanceInformation", to, (limits) =>
        describeNodes(client, instanceIds, limits),
      ),
    close: () => client.destroy(),
  };
}

async function listInvocations(
  client: SSMClient,
  { commandId, token }: { commandId: string; token: string | undefined },
  limits: { abortSignal: AbortSignal },
): Promise<ListPage> {
  const input = {
    CommandId: commandId,
    Details: true,
    MaxResults: 50,
    ...(token === undefined ? {} : { NextToken: token }),
  };
  const command = new ListCommandInvocationsCommand(input);
  const answer = await client.send(command, limits);
  return {
    invocations: (answer.CommandInvocations ?? []).map(listed),
    ...(answer.NextToken ? { next: answer.NextToken } : {}),
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

function sendInput(
  instanceIds: readonly string[],
  request: SendRequest,
): SendCommandCommandInput {
  return {
    InstanceIds: [...instanceIds],
    DocumentName: request.documentName,
    ...(request.documentVersion === undefined
      ? {}
      : { DocumentVersion: request.documentVersion }),
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
  const elapsedMs = durationMs(answer.ExecutionElapsedTime ?? "");
  return {
    status: statusOf(answer),
    responseCode: answer.ResponseCode ?? -1,
    stdout: answer.StandardOutputContent ?? "",
    stderr: answer.StandardErrorContent ?? "",
    ...(elapsedMs === undefined ? {} : { elapsedMs }),
  };
}

function listed(answer: CommandInvocation): ListedInvocation {
  const { InstanceId: instanceId, CommandPlugins = [] } = answer;
  if (!instanceId) throw new UnreadableAnswer();
  const [script, ...others] = CommandPlugins;
  const isOne = script !== undefined && others.length === 0;
  return {
    instanceId,
    status: statusOf(answer),
    ...(isOne
      ? {
          script: {
            responseCode: script.ResponseCode ?? -1,
            output: script.Output ?? "",
          },
        }
      : {}),
  };
}

/** StatusDetails may be spelled with blanks. */
export function statusOf(answer: {
  StatusDetails?: string | undefined;
  Status?: string | undefined;
}): string {
  const status = answer.StatusDetails || answer.Status;
  if (!status) throw new UnreadableAnswer();
  return status.replaceAll(/[^A-Za-z]/g, "");
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
