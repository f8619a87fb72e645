import { AwsFault, type Call } from "../protocol.ts";
import { commandIdBounds, instanceIdsBounds } from "./bounds.ts";
import type { Input } from "./input.ts";
import { anyResource, ownCommand } from "./read.ts";
import type { SsmState } from "./state.ts";

/** Cancels a command, on all its nodes or on some. Cancelling what has ended does nothing. */
export function cancelCommand(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const commandId = input.requiredText("CommandId", commandIdBounds);
  const instanceIds = input.texts("InstanceIds", instanceIdsBounds);
  input.finish();
  call.authorize("ssm:CancelCommand", anyResource(call));
  const command = ownCommand(state, commandId, call);
  if (!command) throw new AwsFault("InvalidCommandId", "");
  if (new Set(instanceIds).size < instanceIds.length)
    throw new AwsFault("DuplicateInstanceId", "");
  const known = new Set(command.invocations.map((it) => it.instanceId));
  if (instanceIds.some((id) => !known.has(id)))
    throw new AwsFault(
      "InvalidInstanceId",
      `Instances [[${instanceIds.join(", ")}]] not in the command ${commandId}`,
    );
  for (const invocation of command.invocations)
    if (instanceIds.length === 0 || instanceIds.includes(invocation.instanceId))
      state.delivery.cancel(invocation);
  return {};
}
