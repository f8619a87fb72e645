import { slackSecondsOf, usualSettleMs } from "../plan.ts";
import type { CommandPlan } from "../plan.ts";
import type { DocumentDescription } from "./description.ts";

/** A document for a node, its parameters checked. */
export type DocumentToRun = {
  instanceId: string;
  /** "node web-1 (i-…, us-east-1)" */
  target: string;
  osFamily: "unix" | "windows";
  document: string;
  documentVersion?: string;
  description?: DocumentDescription;
  parameters: Record<string, string[]>;
  runId: string;
  /** At most 100 characters, the run id among them. */
  comment: string;
  executionTimeoutSeconds: number;
  deliveryTimeoutSeconds: number;
  logGroup?: string;
  logRetrieveDelaySeconds: number;
};

/** The parameter by which AWS's script documents take a time limit. */
const timeoutParameter = "executionTimeout";

/** GetCommandInvocation shows no more of a stream. */
const shownBytes = 24_000;

/** Decides what goes to SendCommand for a document as it is, without a runner of ours. */
export function planDocument(toRun: DocumentToRun): CommandPlan {
  const { runId, target, logGroup, deliveryTimeoutSeconds } = toRun;
  const limit = limitOf(toRun);
  return {
    request: {
      instanceId: toRun.instanceId,
      documentName: toRun.document,
      documentFrom: "document",
      ...(toRun.documentVersion === undefined
        ? {}
        : { documentVersion: toRun.documentVersion }),
      parameters: limit.parameters,
      comment: toRun.comment,
      deliveryTimeoutSeconds,
      ...(logGroup === undefined ? {} : { logGroup }),
    },
    runId,
    runner: "none",
    platform: toRun.osFamily,
    target,
    executionTimeoutSeconds: limit.seconds,
    isTimeoutOurs: limit.isOurs,
    deliveryTimeoutSeconds,
    outputLimitBytes: shownBytes,
    watch: { kind: "end" },
    timeouts: {
      deliverySeconds: deliveryTimeoutSeconds,
      executionSeconds: limit.seconds,
      slackSeconds: slackSecondsOf(logGroup),
    },
  };
}

/** How long events of a step may take to show up after its end. */
export function settleMsOf({
  logRetrieveDelaySeconds,
}: Pick<DocumentToRun, "logRetrieveDelaySeconds">): number {
  return usualSettleMs + logRetrieveDelaySeconds * 1_000;
}

/** A document that takes a time limit is given ours; one that has been given another is waited for as long. */
function limitOf({
  parameters,
  description,
  executionTimeoutSeconds: seconds,
}: DocumentToRun) {
  const given = parameters[timeoutParameter]?.[0];
  if (given !== undefined && /^\d{1,6}$/.test(given))
    return { parameters, seconds: Number(given), isOurs: true };
  const takesOne = description?.parameters.has(timeoutParameter) ?? false;
  return takesOne && given === undefined
    ? {
        parameters: { ...parameters, [timeoutParameter]: [String(seconds)] },
        seconds,
        isOurs: true,
      }
    : { parameters, seconds, isOurs: false };
}
