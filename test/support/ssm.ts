import type {
  CommandOnNode,
  Invocation,
  SendRequest,
  Ssm,
} from "../../src/aws/ssm.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import type { ErrorCode } from "../../src/kernel/errors.ts";
import type { Failure } from "../../src/kernel/failure.ts";

/** An answer that is made when it is asked for. */
export function made<T>(make: () => T | BridgeError) {
  return { make };
}
type Made<T> = ReturnType<typeof made<T>>;

type Script = {
  send?: (string | BridgeError | Made<string>)[];
  read?: (Partial<Invocation> | BridgeError | Made<Partial<Invocation>>)[];
  cancel?: BridgeError[];
  find?: (string | undefined | BridgeError)[];
};

/** Run Command by script: each operation gives its answers in turn, the last one for ever; calls are kept. */
export function fakeSsm(
  script: Script,
): Ssm & { calls: string[]; sent: SendRequest[] } {
  const calls: string[] = [];
  const sent: SendRequest[] = [];
  let runs = 0;
  const next = <T>(name: string, answers: T[] = []): T | undefined => {
    calls.push(name);
    return answers.length > 1 ? answers.shift() : answers[0];
  };
  return {
    calls,
    sent,
    newRunId: () => String(++runs).padStart(24, "0"),
    send: async (request) => {
      sent.push(request);
      return onNode(settled(next("send", script.send)) ?? "c-1");
    },
    read: async () => ({
      status: "Success",
      responseCode: 0,
      stdout: "",
      stderr: "",
      ...settled(next("read", script.read)),
    }),
    cancel: async () => void settled(next("cancel", script.cancel)),
    find: async () => {
      const id = settled(next("find", script.find));
      return id === undefined ? undefined : onNode(id);
    },
    describe: async () => ({ kind: "managed", ping: "Online" }),
    close: () => undefined,
  };
}

function settled<T>(
  answer: T | BridgeError | Made<T> | undefined,
): T | undefined {
  if (isMade(answer)) return settled(answer.make());
  if (answer instanceof BridgeError) throw answer;
  return answer;
}

function isMade<T>(answer: T | Made<T> | undefined): answer is Made<T> {
  return typeof answer === "object" && answer !== null && "make" in answer;
}

function onNode(commandId: string): CommandOnNode {
  return { commandId, instanceId: "i-1" };
}

const failures: Partial<Record<ErrorCode, Partial<Failure>>> = {
  "aws-throttled": { sent: "refused", heals: "rate" },
  "aws-failing": { sent: "unknown", heals: "soon" },
  "aws-silent": {
    whose: "network",
    sent: "unknown",
    heals: "soon",
    answered: false,
  },
  "aws-unreachable": {
    whose: "network",
    sent: "no",
    heals: "soon",
    answered: false,
  },
  "not-aws": { whose: "other-server", answered: false },
  "access-denied": { denied: true },
  "credentials-invalid": { whose: "credentials" },
  "setting-invalid": { whose: "settings" },
};

/** A failure as `aws` translates it. */
export function failure(code: ErrorCode): BridgeError {
  return new BridgeError(code, `scripted ${code}`, {
    failure: {
      whose: "aws",
      sent: "refused",
      heals: "never",
      answered: true,
      name: code,
      denied: false,
      ...failures[code],
    },
  });
}
