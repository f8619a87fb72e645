import { randomUUID } from "node:crypto";
import type { Identity } from "./auth/identities.ts";
import { type LocalClock, sleep } from "./clock.ts";
import type { FaultPort } from "./faults.ts";
import { type AccessOptions, openCall } from "./http/access.ts";
import type { LogCalls } from "./node/cloudwatch.ts";
import { AwsFault, type JsonService } from "./protocol.ts";
import { keepRecord, type RequestRecord } from "./requests.ts";

export type NodeLogsOptions = {
  logs: JsonService;
  access: AccessOptions;
  faults: FaultPort;
  requests: RequestRecord[];
  clock: LocalClock;
};

/** CloudWatch Logs as a node's agent calls it: with the node's role, recorded and disturbed like everybody's calls. */
export function nodeLogCalls(
  role: Identity,
  { logs, access, faults, requests, clock }: NodeLogsOptions,
): LogCalls {
  const call = openCall({ identity: role, region: access.region }, access, {
    requestId: randomUUID(),
    signal: new AbortController().signal,
  });
  return async (operation, input) => {
    const record: RequestRecord = {
      service: "logs",
      operation,
      accessKeyId: role.accessKeyId,
      verified: true,
      atMs: clock.now(),
      region: access.region,
      input,
    };
    keepRecord(requests, record);
    const fault = faults.pick(record);
    if (fault?.kind === "delay") await sleep(clock, fault.ms);
    if (fault?.kind === "error")
      throw new AwsFault(fault.code, fault.message ?? "", fault.status);
    return await logs.handle(operation, input, call);
  };
}
