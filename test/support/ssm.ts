import type {
  CommandOnNode,
  Invocation,
  SendRequest,
  Ssm,
} from "../../src/aws/ssm.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import type { ErrorCode } from "../../src/kernel/errors.ts";

type Answer<T> = T | BridgeError | (() => T | BridgeError);

/** Run Command by script: each operation gives its answers in turn, the last one for ever; calls are kept. */
export function fakeSsm(script: {
  send?: Answer<string>[];
  read?: Answer<Partial<Invocation>>[];
  cancel?: Answer<"ok">[];
  find?: Answer<string | undefined>[];
}): Ssm & { calls: string[]; sent: SendRequest[] } {
  const calls: string[] = [];
  const sent: SendRequest[] = [];
  const next = <T>(name: string, answers: Answer<T>[] | undefined): T => {
    calls.push(name);
    const queue = answers ?? [];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    const value =
      typeof answer === "function"
        ? (answer as () => T | BridgeError)()
        : answer;
    if (value instanceof BridgeError) throw value;
    return value as T;
  };
  return {
    calls,
    sent,
    send: async (request) => {
      sent.push(request);
      return onNode(next("send", script.send));
    },
    read: async () => ({
      status: "Success",
      responseCode: 0,
      stdout: "",
      stderr: "",
      ...next("read", script.read),
    }),
    cancel: async () => void next("cancel", script.cancel),
    find: async () => {
      const id = next("find", script.find);
      return id === undefined ? undefined : onNode(id);
    },
    close: () => undefined,
  };
}

function onNode(commandId: string): CommandOnNode {
  return { commandId, instanceId: "i-1" };
}

export function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, `scripted ${code}`);
}
