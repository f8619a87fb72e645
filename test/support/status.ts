import type { Status } from "../../src/sidecar/status.ts";

/** What a sidecar in the middle of a job of 200 nodes might say. */
export const busyStatus: Status = {
  version: "1.2.3",
  pid: 4711,
  serverPid: 815,
  uptimeSeconds: 3_725,
  cpuSeconds: 1.46,
  memoryBytes: 84_934_656,
  descriptors: 121,
  runs: { running: 50, done: 148, killed: 1, direct: 2 },
  projects: [
    { project: "shop", running: 50, done: 140, killed: 1, direct: 0 },
    {
      project: 'a"b\\c\nd\u001b[31m',
      running: 0,
      done: 8,
      killed: 0,
      direct: 2,
    },
  ],
  nodes: 49,
  identities: 1,
  calls: [
    { action: "s3:PutObject", made: 3 },
    { action: "ssm:CancelCommand", asked: 1, made: 1 },
    { action: "ssm:GetCommandInvocation", asked: 480, made: 2 },
    { action: "ssm:ListCommandInvocations", made: 14 },
    { action: "ssm:SendCommand", asked: 198, made: 5 },
  ],
  limits: [
    {
      account: "123456789012",
      region: "eu-west-1",
      action: "ssm:SendCommand",
      perSecond: 9.731,
      queued: 4,
      inFlight: 1,
      calls: 5,
      throttled: 2,
      waitedSeconds: 61.25,
    },
    {
      account: "unknown-1",
      region: "eu-west-1",
      action: "ssm:ListCommandInvocations",
      queued: 0,
      inFlight: 2,
      calls: 14,
      throttled: 0,
      waitedSeconds: 0,
    },
  ],
};
