import type { Call } from "../../src/aws/companions.ts";
import type { SendRequest, Ssm } from "../../src/aws/ssm.ts";
import type { Subject } from "../../src/kernel/errors.ts";
import { openSharing } from "../../src/sidecar/share/sharing.ts";
import type { SharingRun } from "../../src/sidecar/share/sharing.ts";
import { openModelAws } from "./model-aws.ts";
import type { Behaviour } from "./model-aws.ts";
import { virtualClock } from "./virtual-clock.ts";

/** Sharing over a model of AWS, in virtual time. */
export function openShared(behaviour: Behaviour = {}, clock = virtualClock()) {
  const model = openModelAws(clock, behaviour);
  let runs = 0;
  const sharing = openSharing(model.client, {
    clock,
    random: () => 0.5,
    newRunId: () => (++runs).toString(16).padStart(24, "0"),
  });
  const port = (run: Partial<SharingRun> = {}) =>
    sharing.port({ project: "p", job: "1", isUrgent: () => false, ...run });
  return { clock, model, sharing, port };
}

export function subjectOf(instanceId: string): Subject {
  return {
    target: `node of ${instanceId}`,
    setting: (name) => `${name} (of ${instanceId})`,
    state: (name) => `${name} is set`,
  };
}

export function callFor(instanceId: string, more: Partial<Call> = {}): Call {
  const { signal } = new AbortController();
  return { signal, subject: subjectOf(instanceId), ...more };
}

/** Names a run and makes its request, as a pipeline does. */
export function requestOf(
  ssm: Ssm,
  instanceId: string,
  command = "id",
): SendRequest {
  const runId = ssm.newRunId({ instanceId, work: () => command });
  return {
    instanceId,
    documentName: "AWS-RunShellScript",
    parameters: { commands: [`${command} # ${runId}`] },
    comment: `job, run ${runId}`,
    deliveryTimeoutSeconds: 600,
  };
}

/** `i-` ids, from 1. */
export function nodeIds(count: number): string[] {
  return Array.from(
    { length: count },
    (_, at) => `i-${(at + 1).toString(16).padStart(17, "0")}`,
  );
}
