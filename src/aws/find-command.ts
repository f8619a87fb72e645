import { ListCommandsCommand } from "@aws-sdk/client-ssm";
import type { Command, SSMClient } from "@aws-sdk/client-ssm";

/** A command, and instances that it was sent to: all, as far as AWS tells them. */
export type FoundCommand = {
  commandId: string;
  instanceIds: readonly string[];
};

/** A command that was sent a minute ago is among so many of a node's latest ones, and among the first so many of those. */
const searchedPages = 5;
const searchedMs = 15 * 60_000;

/**
 * AWS lists a node's commands latest first. How old they are is judged by each other's times, which are all AWS's: this machine's clock
 * may be off.
 */
export async function findCommand(
  client: SSMClient,
  { instanceId, runId }: { instanceId: string; runId: string },
  limits: { abortSignal: AbortSignal },
): Promise<FoundCommand | undefined> {
  let token: string | undefined;
  let latestEpochMs = 0;
  for (let page = 0; page < searchedPages; page += 1) {
    const input = {
      InstanceId: instanceId,
      MaxResults: 50,
      ...(token === undefined ? {} : { NextToken: token }),
    };
    const answer = await client.send(new ListCommandsCommand(input), limits);
    const commands = answer.Commands ?? [];
    const found = commands.find((command) => isRun(command, runId));
    if (found?.CommandId)
      return {
        commandId: found.CommandId,
        instanceIds: [instanceId, ...(found.InstanceIds ?? [])],
      };
    const times = commands.map(
      ({ RequestedDateTime }) => RequestedDateTime?.getTime() ?? 0,
    );
    latestEpochMs = Math.max(latestEpochMs, ...times);
    token = answer.NextToken;
    if (!token || Math.min(...times) < latestEpochMs - searchedMs) break;
  }
  return undefined;
}

function isRun(command: Command, runId: string): boolean {
  return command.Comment?.includes(runId) ?? false;
}
