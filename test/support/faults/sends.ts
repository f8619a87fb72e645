import {
  CancelCommandCommand,
  SendCommandCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { World } from "./world.ts";

/** Another user of the same account. */
function openClient({ aws, identity }: World): SSMClient {
  return new SSMClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: { ...identity },
  });
}

/** So many commands of others on the node, each so long. */
export async function openSend(
  world: World,
  count: number,
  seconds: number,
): Promise<void> {
  const client = openClient(world);
  for (let sent = 0; sent < count; sent += 1)
    await client.send(
      new SendCommandCommand({
        DocumentName: "AWS-RunShellScript",
        InstanceIds: [world.instanceId],
        Parameters: { commands: [`exec sleep ${seconds}`] },
      }),
    );
  client.destroy();
}

/** Cancels every command that was sent. */
export async function cancelAll(world: World): Promise<void> {
  const client = openClient(world);
  const accepted = world.aws.requests.flatMap(({ operation, input }) =>
    operation === "GetCommandInvocation" &&
    typeof input === "object" &&
    input !== null &&
    "CommandId" in input &&
    typeof input.CommandId === "string"
      ? [input.CommandId]
      : [],
  );
  for (const CommandId of new Set(accepted))
    await client.send(new CancelCommandCommand({ CommandId }));
  client.destroy();
}
