import { describe, expect, it } from "vitest";
import { planCommand } from "../../../src/command/plan.ts";
import { runCommand } from "../../../src/exec/run.ts";
import { delaySignal, killLimitMs } from "../../../src/exec/signals.ts";
import type { Outcome } from "../../../src/kernel/outcome.ts";
import { openLimiter } from "../../../src/sidecar/limiter/limiter.ts";
import type { Behaviour } from "../../support/model-aws.ts";
import { mulberry } from "../../support/random.ts";
import { nodeIds, openShared, subjectOf } from "../../support/sharing.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

type World = ReturnType<typeof openLimited>;

function openLimited(behaviour: Behaviour, clock = virtualClock()) {
  const limiter = openLimiter(clock);
  const gate = limiter.gate({ account: "1", region: "eu-west-1" });
  const shared = openShared({ ...behaviour, gate }, clock);
  const random = mulberry(7);
  return { ...shared, limiter, random };
}

type Told = { outcome?: Outcome; error?: unknown; endedAtMs: number };

/** A whole run, as an execution of the plugin makes it, with short deadlines. */
async function runNode(
  { clock, port, random }: World,
  instanceId: string,
  command: string,
  signal: AbortSignal,
): Promise<Told> {
  const ssm = port({ isUrgent: () => signal.aborted });
  const runId = ssm.newRunId({ instanceId, work: () => command });
  const plan = planCommand({
    instanceId,
    target: subjectOf(instanceId).target,
    platform: "unix",
    command,
    runId,
    comment: `job, run ${runId}`,
    runner: "none",
    variables: new Map(),
    executionTimeoutSeconds: command.startsWith("sleep") ? 3_600 : 30,
    deliveryTimeoutSeconds: 30,
    outputLimitBytes: 8_388_608,
    liveOutput: false,
    logRetrieveDelaySeconds: 0,
  });
  const unneeded = () => Promise.reject(new Error("not needed"));
  const ports = {
    ssm,
    clock,
    random,
    log: { note: () => undefined },
    subject: subjectOf(instanceId),
    told: new Set<"untaken">(),
    openLogs: unneeded,
    openBucket: unneeded,
  };
  const job = {
    newObjectName: () => "f".repeat(32),
    output: async () => undefined,
  };
  const last = delaySignal(ports, signal, killLimitMs);
  try {
    const { outcome } = await runCommand(ports, plan, job, { signal, last });
    return { outcome, endedAtMs: clock.passedMs() };
  } catch (error) {
    return { error, endedAtMs: clock.passedMs() };
  }
}

/** Rundeck kills each node's execution by itself, at the same moment. */
function startAll(
  world: World,
  ids: readonly string[],
  commandOf: (id: string) => string,
) {
  const kills = ids.map(() => new AbortController());
  const all = ids.map((id, at) =>
    runNode(world, id, commandOf(id), kills[at]?.signal ?? killed),
  );
  const kill = () => {
    for (const one of kills) one.abort("killed");
  };
  return { all, kill };
}

const killed = AbortSignal.abort("killed");
const exited = { kind: "exited", exitCode: 0 };

describe("a thousand runs at five requests a second", () => {
  it("each succeed, though all that they do differs and waits in our queue far longer than their timeouts", async () => {
    const world = openLimited({ rate: { perSecond: 5, burst: 5 } });
    const ids = nodeIds(1_000);
    const { all } = startAll(world, ids, (id) => `echo ${id}`);
    const told = await world.clock.run(Promise.all(all));
    const failed = told.filter(({ outcome }) => outcome?.kind !== "exited");
    expect(failed.slice(0, 3)).toEqual([]);
    expect(told[0]?.outcome).toEqual(exited);
    for (const id of ids) expect(world.model.sent.get(id)).toHaveLength(1);
  });

  it("leave the queue at once when they are killed", async () => {
    const world = openLimited({ rate: { perSecond: 5, burst: 5 } });
    const ids = nodeIds(1_000);
    const { all, kill } = startAll(world, ids, (id) => `echo ${id}`);
    await world.clock.run(world.clock.sleep(10_000));
    const killedAtMs = world.clock.passedMs();
    kill();
    const told = await world.clock.run(Promise.all(all));
    const unsent = told.filter((_, at) => !world.model.sent.has(ids[at] ?? ""));
    expect(unsent.length).toBeGreaterThan(900);
    for (const { outcome, endedAtMs } of unsent) {
      expect(outcome).toEqual({ kind: "killed", command: "never-began" });
      expect(endedAtMs).toBeLessThan(killedAtMs + 500);
    }
  });
});

it("a kill is confirmed soon though the answer that would do it is lost", async () => {
  const clock = virtualClock();
  let silent = 0;
  const world = openLimited(
    {
      runMs: () => 600_000,
      fate: ({ action }) =>
        action === "ssm:ListCommandInvocations" &&
        clock.passedMs() > 5_000 &&
        (silent += 1) === 1
          ? { kind: "slow", beforeMs: 0, afterMs: 60_000 }
          : undefined,
    },
    clock,
  );
  const { all, kill } = startAll(world, nodeIds(3), () => "sleep 600");
  await clock.run(clock.sleep(10_000));
  expect(silent).toBe(1);
  const killedAtMs = clock.passedMs();
  kill();
  for (const { outcome, endedAtMs } of await clock.run(Promise.all(all))) {
    expect(outcome).toEqual({ kind: "killed", command: "ended" });
    expect(endedAtMs).toBeLessThan(killedAtMs + 6_000);
  }
});

describe("a kill of a thousand runs at ten requests a second", () => {
  const openJob = async (commandOf: (id: string) => string) => {
    const world = openLimited({
      rate: { perSecond: 10, burst: 10 },
      runMs: () => 600_000,
    });
    const ids = nodeIds(1_000);
    return { world, ids, ...startAll(world, ids, commandOf) };
  };

  it("cancels all by grouped requests within seconds, and every run ends in time", async () => {
    const { world, kill, all } = await openJob(() => "sleep 600");
    await world.clock.run(world.clock.sleep(20_000));
    const killedAtMs = world.clock.passedMs();
    kill();
    const told = await world.clock.run(Promise.all(all));
    for (const { outcome, endedAtMs } of told) {
      expect(outcome).toEqual({ kind: "killed", command: "ended" });
      expect(endedAtMs).toBeLessThan(killedAtMs + 15_000);
    }
    const cancels = world.model.ofAction("ssm:CancelCommand");
    const nodes = new Set(cancels.flatMap(({ instanceIds }) => instanceIds));
    expect(nodes.size).toBe(1_000);
    expect(cancels.length).toBeLessThan(60);
    // what would have been read for those who have ended is not asked for any more
    await world.clock.run(world.clock.sleep(20_000));
    for (const { queued } of world.limiter.status()) expect(queued).toBe(0);
  });

  it("whose commands all differ still cancels each of them, though the runs do not wait for it", async () => {
    const { world, kill, ids, all } = await openJob((id) => `sleep ${id}`);
    await world.clock.run(world.clock.sleep(120_000));
    expect(world.model.sent.size).toBe(1_000);
    const killedAtMs = world.clock.passedMs();
    kill();
    const told = await world.clock.run(Promise.all(all));
    for (const { outcome, endedAtMs } of told) {
      expect(outcome?.kind).toBe("killed");
      expect(endedAtMs).toBeLessThan(killedAtMs + 15_000);
    }
    await world.clock.run(world.clock.sleep(180_000));
    const cancelled = new Set(
      world.model
        .ofAction("ssm:CancelCommand")
        .flatMap(({ instanceIds }) => instanceIds),
    );
    expect(ids.filter((id) => !cancelled.has(id))).toEqual([]);
    // five minutes of a thousand runs are many seconds of work, and more beside a busy neighbour
  }, 180_000);
});
