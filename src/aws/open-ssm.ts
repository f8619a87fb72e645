import { randomBytes } from "node:crypto";
import type { Clock } from "../kernel/clock.ts";
import type { ClientOptions } from "./clients.ts";
import { openRunCommand } from "./run-command.ts";
import type { Ssm } from "./ssm.ts";

/** Opens Run Command for runs that share nothing. Nothing is sent until the first call. */
export function openSsm(options: ClientOptions, clock: Clock): Ssm {
  const client = openRunCommand(options, clock);
  return {
    newRunId: () => randomBytes(12).toString("hex"),
    send: async (request, call) => {
      const { instanceId } = request;
      const commandId = await client.sendTo(() => [instanceId], request, call);
      return { commandId, instanceId };
    },
    read: (command, call) => client.read(command, call),
    cancel: ({ commandId, instanceId }, call) =>
      client.cancelOn(commandId, [instanceId], call),
    find: async (search, call) => {
      const found = await client.find(search, call);
      const { instanceId } = search;
      return found && { commandId: found.commandId, instanceId };
    },
    describe: async (instanceId, call) => {
      const states = await client.describe([instanceId], call);
      return states.get(instanceId) ?? { kind: "unmanaged" };
    },
    close: () => client.close(),
  };
}
