import { outputKey } from "../node/step.ts";
import type { PluginReply } from "../node/reply.ts";
import {
  type Command,
  type Invocation,
  isFinal,
  repliesOf,
  statusOf,
  statusOfCommand,
} from "./commands.ts";

/** JSON 1.1 has times as seconds since the epoch. */
export function epochSeconds(ms: number): number {
  return Math.round(ms) / 1_000;
}

export function viewCommand(command: Command): object {
  const status = statusOfCommand(command);
  const final = command.invocations.filter(isFinal);
  const details = final.map((it) => statusOf(it));
  return {
    ...commonView(command),
    ExpiresAfter: epochSeconds(
      command.requestedAtMs + command.deliveryTimeoutSeconds * 1_000,
    ),
    Parameters: command.parameters,
    InstanceIds: command.invocations.map((it) => it.instanceId),
    Targets: [],
    Status: status,
    StatusDetails: status,
    OutputS3Region: command.output.s3?.region ?? "",
    OutputS3BucketName: command.output.s3?.bucket ?? "",
    OutputS3KeyPrefix: command.output.s3?.prefix ?? "",
    MaxConcurrency: command.maxConcurrency,
    MaxErrors: command.maxErrors,
    TargetCount: command.invocations.length,
    CompletedCount: final.length,
    ErrorCount: details.filter(
      (it) => it.status === "Failed" || it.details === "ExecutionTimedOut",
    ).length,
    DeliveryTimedOutCount: details.filter(
      (it) => it.details === "DeliveryTimedOut",
    ).length,
    TimeoutSeconds: command.deliveryTimeoutSeconds,
  };
}

/** An item of ListCommandInvocations. */
export function viewInvocation(
  invocation: Invocation,
  parts: "summary" | "details",
): object {
  const { command, instanceId, computerName } = invocation;
  const { status, details } = statusOf(invocation);
  return {
    ...commonView(command),
    InstanceId: instanceId,
    InstanceName: computerName,
    Status: status,
    StatusDetails: details,
    TraceOutput: "",
    StandardOutputUrl: "",
    StandardErrorUrl: "",
    CommandPlugins: parts === "details" ? viewPlugins(invocation) : [],
  };
}

function commonView(command: Command): object {
  return {
    CommandId: command.commandId,
    DocumentName: command.document.name,
    DocumentVersion: command.documentVersion,
    Comment: command.comment,
    RequestedDateTime: epochSeconds(command.requestedAtMs),
    ServiceRole: "",
    NotificationConfig: {
      NotificationArn: "",
      NotificationEvents: [],
      NotificationType: "",
    },
    CloudWatchOutputConfig: viewCloudWatch(command),
  };
}

function viewCloudWatch({ cloudWatch }: Command): object {
  return {
    CloudWatchLogGroupName: cloudWatch?.groupName ?? "",
    CloudWatchOutputEnabled: cloudWatch?.enabled ?? false,
  };
}

function viewPlugins(invocation: Invocation): object[] {
  const { command, state } = invocation;
  if (state.kind === "replied")
    return state.plugins.map((plugin) => viewPlugin(invocation, plugin));
  const replies = repliesOf(invocation);
  return command.document.plugins.map(({ name }) => {
    const reply = replies.find((it) => it.name === name);
    return reply
      ? viewPlugin(invocation, reply)
      : viewUnended(invocation, name);
  });
}

function viewUnended(invocation: Invocation, Name: string): object {
  const { status, details } = statusOf(invocation);
  return {
    Name,
    // The model of a plugin's status has no Cancelling.
    Status: status === "Cancelling" ? "InProgress" : status,
    StatusDetails: details,
    ResponseCode: -1,
    Output: "",
    ...viewPlaces(invocation, Name),
  };
}

function viewPlugin(invocation: Invocation, plugin: PluginReply): object {
  return {
    Name: plugin.name,
    Status: plugin.status === "Skipped" ? "Success" : plugin.status,
    StatusDetails: plugin.statusDetails,
    ResponseCode: plugin.responseCode,
    ResponseStartDateTime: epochSeconds(plugin.startedAtMs),
    ResponseFinishDateTime: epochSeconds(plugin.finishedAtMs),
    Output: plugin.output,
    ...viewPlaces(invocation, plugin.name),
  };
}

/** Where the output lies in S3, if it was asked for there. */
function viewPlaces(invocation: Invocation, plugin: string): object {
  const { command } = invocation;
  return {
    StandardOutputUrl: outputUrl(invocation, plugin, "stdout"),
    StandardErrorUrl: outputUrl(invocation, plugin, "stderr"),
    OutputS3Region: command.output.s3?.region ?? "",
    OutputS3BucketName: command.output.s3?.bucket ?? "",
    OutputS3KeyPrefix: command.output.s3?.prefix ?? "",
  };
}

function outputUrl(
  { command, instanceId }: Invocation,
  plugin: string,
  stream: "stdout" | "stderr",
): string {
  const { s3 } = command.output;
  const step = command.document.plugins.find(({ name }) => name === plugin);
  if (!s3 || !step) return "";
  const key = outputKey(command.commandId, instanceId, step.folder, stream);
  return [
    `https://s3.${s3.region}.amazonaws.com/${s3.bucket}`,
    ...(s3.prefix === "" ? [] : [s3.prefix]),
    key,
  ].join("/");
}

/** What GetCommandInvocation shows of the streams. */
const shownCharacters = { stdout: 24_000, stderr: 8_000 };

/** The answer of GetCommandInvocation about one plugin; without one (a document of several steps) it has no output. */
export function viewResult(invocation: Invocation, pluginName: string): object {
  const { command } = invocation;
  const { status, details } = statusOf(invocation);
  const reply = repliesOf(invocation).find((it) => it.name === pluginName);
  return {
    CommandId: command.commandId,
    InstanceId: invocation.instanceId,
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.documentVersion,
    PluginName: pluginName,
    ResponseCode: reply?.responseCode ?? -1,
    ...viewTimes(reply),
    Status: reply && pluginName !== "" ? pluginStatus(reply) : status,
    StatusDetails: reply?.statusDetails ?? details,
    StandardOutputContent: shown(reply?.stdout, shownCharacters.stdout),
    StandardOutputUrl: outputUrl(invocation, pluginName, "stdout"),
    StandardErrorContent: shown(reply?.stderr, shownCharacters.stderr),
    StandardErrorUrl: outputUrl(invocation, pluginName, "stderr"),
    CloudWatchOutputConfig: viewCloudWatch(command),
  };
}

function pluginStatus({ status }: PluginReply): string {
  return status === "Skipped" ? "Success" : status;
}

function viewTimes(reply: PluginReply | undefined): object {
  if (!reply)
    return {
      ExecutionStartDateTime: "",
      ExecutionElapsedTime: "",
      ExecutionEndDateTime: "",
    };
  const { startedAtMs, finishedAtMs } = reply;
  return {
    ExecutionStartDateTime: new Date(startedAtMs).toISOString(),
    ExecutionElapsedTime: `PT${((finishedAtMs - startedAtMs) / 1_000).toFixed(3)}S`,
    ExecutionEndDateTime: new Date(finishedAtMs).toISOString(),
  };
}

function shown(text: string | undefined, characters: number): string {
  if (text === undefined) return "";
  return text.length <= characters
    ? text
    : Array.from(text).slice(0, characters).join("");
}
