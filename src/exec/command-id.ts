import { BridgeError, extend } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

/** Once AWS has accepted a command its id ends each line: it is what AWS's console and CloudTrail know the run by. */
function tag(text: string, commandId: string): string {
  return `${text}; command ${commandId}`;
}

export function tagLog(log: Log, commandId: string): Log {
  return { ...log, note: (text) => log.note(tag(text, commandId)) };
}

/** For a promise's `catch`. Without an id errors pass as they are. */
export function tagErrors(
  commandId: string | undefined,
): (error: unknown) => never {
  return (error) => {
    throw commandId !== undefined &&
      error instanceof BridgeError &&
      !error.message.endsWith(commandId)
      ? extend(error, tag(error.message, commandId))
      : error;
  };
}
