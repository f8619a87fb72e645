import { followCommand } from "../src/exec/follow.ts";
import type { Ports } from "../src/exec/ports.ts";
import { sendCommand } from "../src/exec/send.ts";
import { openLimiter } from "../src/sidecar/limiter/limiter.ts";
import type { LimitStatus } from "../src/sidecar/limiter/limiter.ts";
import { openSharing } from "../src/sidecar/share/sharing.ts";
import type { Sharing } from "../src/sidecar/share/sharing.ts";
import { openModelAws } from "../test/support/model-aws.ts";
import { mulberry } from "../test/support/random.ts";
import { nodeIds, requestOf, subjectOf } from "../test/support/sharing.ts";
import { virtualClock } from "../test/support/virtual-clock.ts";

export type Simulation = {
  nodes: number;
  jobs: number;
  /** A command on its node. */
  takesMs: number;
  /** What AWS lets through of each action; zero for as many as come. */
  perSecond: number;
};

export type Simulated = Simulation & {
  calls(action: string): number;
  requests: number;
  throttled: number;
  failed: number;
  tookMs: number;
  idealMs: number;
  /** What the runs waited for. */
  boundedBy: string;
};

const latencyMs = 80;
/** A SendCommand takes so many instances. Source: SSM API reference, SendCommand, InstanceIds. */
const nodesOfSend = 50;
/** Rundeck starts the nodes of a job one after the other. */
const startsEveryMs = 2;

/** Each job runs a command of its own on nodes of its own, all of them at once. */
export async function simulate(of: Simulation): Promise<Simulated> {
  const { nodes, jobs, takesMs, perSecond } = of;
  const clock = virtualClock();
  const random = mulberry(1);
  const limiter = openLimiter(clock);
  const model = openModelAws(clock, {
    latencyMs,
    runMs: () => takesMs,
    gate: limiter.gate({ account: "model", region: "model" }),
    ...(perSecond === 0 ? {} : { rate: { perSecond, burst: perSecond } }),
  });
  let named = 0;
  const newRunId = () => (named += 1).toString(16).padStart(24, "0");
  const sharing = openSharing(model.client, { clock, random, newRunId });
  const ended = nodeIds(nodes).map(async (instanceId, at) => {
    await clock.sleep(Math.floor(at / jobs) * startsEveryMs);
    const job = `${at % jobs}`;
    return runOnNode({ clock, random, sharing }, instanceId, job);
  });
  const ends = await clock.run(Promise.all(ended));
  const isOnce = [...model.sent.values()].every(({ length }) => length === 1);
  if (!isOnce) throw new Error("a node was given its command twice");
  const sends = jobs * Math.ceil(nodes / jobs / nodesOfSend);
  const queueMs = perSecond === 0 ? 0 : (sends / perSecond - 1) * 1_000;
  return {
    ...of,
    calls: (action) => model.ofAction(action).length,
    requests: model.requests.length,
    throttled: model.throttled.length,
    failed: ends.filter((end) => end === "failed").length,
    tookMs: clock.passedMs(),
    idealMs: Math.max(0, queueMs) + latencyMs + takesMs,
    boundedBy: nameBound(limiter.status()),
  };
}

async function runOnNode(
  {
    clock,
    random,
    sharing,
  }: Pick<Ports, "clock" | "random"> & { sharing: Sharing },
  instanceId: string,
  job: string,
): Promise<"ended" | "failed"> {
  const ssm = sharing.port({ project: "p", job, isUrgent: () => false });
  const ports: Ports = {
    ssm,
    clock,
    random,
    subject: subjectOf(instanceId),
    log: { note: () => undefined },
    told: new Set(),
  };
  const request = requestOf(ssm, instanceId, `work of job ${job}`);
  const { signal } = new AbortController();
  const sending = {
    request,
    runId: request.comment.slice(-24),
    giveUpAtEpochMs: clock.now() + request.deliveryTimeoutSeconds * 1_000,
  };
  const command = await sendCommand(ports, sending, { signal, last: signal });
  if (!command) return "failed";
  const limit = {
    deliverySeconds: request.deliveryTimeoutSeconds,
    executionSeconds: 3_600,
    slackSeconds: 60,
  };
  const followed = await followCommand(ports, command, { limit }, signal);
  const isDone =
    followed.kind === "ended" && followed.invocation.status === "Success";
  return isDone ? "ended" : "failed";
}

/** The action whose turn was waited for longest; where nothing was, the command itself. */
function nameBound(limits: readonly LimitStatus[]): string {
  const [longest] = limits.toSorted((a, b) => b.waitedMs - a.waitedMs);
  const isLimited = longest?.perSecond !== undefined && longest.waitedMs > 0;
  return isLimited ? `the limit of ${longest.action}` : "the commands";
}
