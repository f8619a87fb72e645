import { startLocalAws } from "../src/local/local-aws.ts";
import type { RequestRecord } from "../src/local/requests.ts";
import { fleetSchema } from "./counted-aws.ts";
import type { Calls } from "./counted-aws.ts";

/** The local AWS for a bench that has forked this process: tells when it is ready, and answers each message with its calls. */
const { nodes, bucket, requestsPerSecond } = fleetSchema.parse(
  JSON.parse(process.argv[2] ?? ""),
);
const aws = await startLocalAws({
  nodes,
  bucket,
  ...(requestsPerSecond > 0 ? { requestsPerSecond } : {}),
});
const fleet = [...aws.nodes.values()];
const roles = new Set(fleet.map(({ role }) => role.accessKeyId));
process.on("message", () => {
  const taken = aws.requests.splice(0);
  process.send?.(
    countCalls(taken.filter(({ accessKeyId }) => !roles.has(accessKeyId))),
  );
});
process.once("disconnect", () => void aws.close());
process.send?.({
  endpoint: aws.endpoint,
  region: aws.region,
  instanceIds: aws.instanceIds,
  folders: fleet.map(({ folder }) => folder),
});

function countCalls(requests: readonly RequestRecord[]): Calls {
  const byOperation: Record<string, number> = {};
  for (const { operation } of requests)
    byOperation[operation] = (byOperation[operation] ?? 0) + 1;
  const throttled = requests.filter(({ outcome }) =>
    /^(?:ThrottlingException|SlowDown)$/.test(outcome ?? ""),
  );
  return { byOperation, throttled: throttled.length };
}
