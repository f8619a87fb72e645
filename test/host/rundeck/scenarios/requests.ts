import { z } from "zod";
import type { LocalAws } from "../../../../src/local/local-aws.ts";

const sendSchema = z.looseObject({
  InstanceIds: z.array(z.string()),
  TimeoutSeconds: z.number().optional(),
  DocumentName: z.string(),
  Comment: z.string().optional(),
});

/** The SendCommand requests for one node, as they were sent. */
export function sendsTo(
  aws: LocalAws,
  instanceId: string,
): z.infer<typeof sendSchema>[] {
  return aws.requests
    .filter((request) => request.operation === "SendCommand")
    .map((request) => sendSchema.parse(request.input))
    .filter((input) => input.InstanceIds.includes(instanceId));
}

/** The different keys that requests about one node were signed with. */
export function accessKeysOf(
  aws: LocalAws,
  instanceId: string,
): { accessKeyId: string; verified: boolean }[] {
  const found = new Map<string, { accessKeyId: string; verified: boolean }>();
  for (const request of aws.requests) {
    if (!JSON.stringify(request.input).includes(instanceId)) continue;
    const { accessKeyId, verified } = request;
    found.set(`${accessKeyId} ${verified}`, { accessKeyId, verified });
  }
  return [...found.values()];
}
