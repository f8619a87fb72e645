import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalAws } from "../../../src/local/local-aws.ts";

/** AWS's own client on the local AWS; it never retries, so that a test sees every answer. */
export function openClient(
  aws: LocalAws,
  credentials = { accessKeyId: "AKIAANYBODY", secretAccessKey: "any" },
): SSMClient {
  return new SSMClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials,
    maxAttempts: 1,
  });
}

/** Sends shell commands to the first node; answers the CommandId. */
export async function send(
  aws: LocalAws,
  commands: string[],
  more: Partial<SendCommandCommandInput> = {},
): Promise<string> {
  const { Parameters, ...rest } = more;
  const { Command } = await openClient(aws).send(
    new SendCommandCommand({
      DocumentName: "AWS-RunShellScript",
      InstanceIds: aws.instanceIds.slice(0, 1),
      ...rest,
      Parameters: { commands, ...Parameters },
    }),
  );
  return Command?.CommandId ?? "";
}

export async function read(
  aws: LocalAws,
  commandId: string,
  instanceId = aws.instanceIds[0],
): Promise<GetCommandInvocationCommandOutput> {
  return await openClient(aws).send(
    new GetCommandInvocationCommand({
      CommandId: commandId,
      InstanceId: instanceId,
    }),
  );
}

const unfinished = ["Pending", "InProgress", "Delayed", "Cancelling"];

/** Reads until the command has ended on the node. */
export async function finished(
  aws: LocalAws,
  commandId: string,
  instanceId = aws.instanceIds[0],
): Promise<GetCommandInvocationCommandOutput> {
  for (;;) {
    const result = await read(aws, commandId, instanceId);
    if (!unfinished.includes(result.Status ?? "")) return result;
    await delay(5);
  }
}

/** Runs shell commands on the first node to their end. */
export async function run(
  aws: LocalAws,
  commands: string | string[],
  more: Partial<SendCommandCommandInput> = {},
): Promise<GetCommandInvocationCommandOutput> {
  return await finished(aws, await send(aws, [commands].flat(), more));
}

/** Looks again and again until it is so: for what happens in a process on its own. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await isSo())) await delay(5);
}
