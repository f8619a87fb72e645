import { setMaxListeners } from "node:events";
import { openTransport } from "../../src/aws/transport.ts";
import type { Logs } from "../../src/aws/logs.ts";
import { openTrail } from "../../src/copy/trail.ts";
import type { Trail } from "../../src/copy/trail.ts";
import type { OutputPorts, Ports } from "../../src/exec/ports.ts";
import type { Subject } from "../../src/kernel/errors.ts";
import { fakeClock } from "./clock.ts";
import { fakeSsm } from "./ssm.ts";

/** Ports on a fake clock, with chance fixed at its middle. */
export function fakePorts(
  script: Parameters<typeof fakeSsm>[0],
  logs: Logs = { read: async () => undefined, close: () => undefined },
) {
  const clock = fakeClock();
  const ssm = fakeSsm(script);
  const notes: string[] = [];
  const ports: Ports & OutputPorts & { trail: Trail } = {
    ssm,
    clock,
    log: { note: (text) => void notes.push(text) },
    random: () => 0.5,
    subject,
    told: new Set(),
    trail: openTrail(names),
    openLogs: async () => logs,
    openBucket: async () => {
      throw new Error("no bucket was scripted");
    },
  };
  return { ports, clock, ssm, notes };
}

/** A copy's. */
export const names = {
  copyId: "0123456789abcdef01234567",
  objectName: "f".repeat(32),
};

export const never = new AbortController().signal;
// it serves a whole file's runs
setMaxListeners(0, never);

/** Whom a test's runs are for. */
export const subject: Subject = {
  target: "node a (i-1, eu-west-1)",
  setting: (name) => `${name} (test)`,
  state: (name) => `${name} is set`,
};

/** A call that nothing ends. */
export const call = { signal: never, subject };

/** Nothing ends it. */
export const unending = { signal: never, last: never };

/** A run that a kill ends, and at once what a kill does not interrupt. */
export function endingWith(signal: AbortSignal) {
  return { signal, last: never };
}

/** What AWS clients are opened with: credentials that are there, a network without proxies. */
export const clientOptions = {
  region: "eu-west-1",
  transport: openTransport({}),
  credentials: {
    renew: async () => undefined,
    provide: async () => ({ accessKeyId: "A", secretAccessKey: "S" }),
    forget: () => undefined,
    describe: () => "keys",
  },
};
