import { setImmediate as othersTurn } from "node:timers/promises";
import type { OpenCredentials } from "../aws/credentials.ts";
import { refusingTransport } from "../aws/refusing-transport.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Sink } from "../output/sink.ts";
import { servicesOf } from "../services/services.ts";
import { executor } from "./entries.ts";
import { runEntry } from "./shell.ts";

/**
 * Runs a command on no node, by an AWS within this process that refuses it. What a process does for the first time takes it several times as
 * long: so that is over when a first client has said what it wants. Others have their turn in between. Answers the exit status.
 */
export function rehearse(clock: Clock): Promise<number> {
  const never = new AbortController().signal;
  return runEntry(executor, {
    clock,
    environment: {
      RD_NODE_NAME: "rehearsal",
      RD_NODE_INSTANCEID: "i-00000000000000000",
      RD_NODE_REGION: region,
      RD_EXEC_COMMAND: "true",
    },
    log: { note: () => undefined },
    stdout: nowhere,
    stderr: nowhere,
    signal: never,
    last: never,
    nodeName: "",
    openServices: () =>
      servicesOf(
        () => ({ region, credentials: nobodys, transport: refusingTransport }),
        clock,
      ),
  });
}

const region = "us-east-1";

const nowhere: Sink = {
  write: () => Promise.resolve(),
  writeLine: () => Promise.resolve(),
  failure: () => undefined,
  isOpen: () => true,
};

const nobodys: OpenCredentials = {
  renew: () => othersTurn(),
  provide: () => Promise.resolve({ accessKeyId: "-", secretAccessKey: "-" }),
  describe: () => "nobody",
  forget: () => undefined,
  passed: () => [],
};
