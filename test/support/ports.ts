import type { Logs } from "../../src/aws/logs.ts";
import type { OutputPorts, Ports } from "../../src/exec/ports.ts";
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
  const ports: Ports & OutputPorts = {
    ssm,
    clock,
    log: { note: (text) => void notes.push(text) },
    random: () => 0.5,
    openLogs: async () => logs,
    openBucket: async () => {
      throw new Error("no bucket was scripted");
    },
  };
  return { ports, clock, ssm, notes };
}

export const never = new AbortController().signal;
