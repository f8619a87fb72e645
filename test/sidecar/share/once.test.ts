import * as fc from "fast-check";
import { expect, it } from "vitest";
import { sendCommand } from "../../../src/exec/send.ts";
import { delaySignal, killLimitMs } from "../../../src/exec/signals.ts";
import { openLimiter } from "../../../src/sidecar/limiter/limiter.ts";
import { runs } from "../../support/fuzz.ts";
import type { Fate, ModelRequest } from "../../support/model-aws.ts";
import { mulberry } from "../../support/random.ts";
import {
  nodeIds,
  openShared,
  requestOf,
  subjectOf,
} from "../../support/sharing.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

/** A run: its node, its work, when it comes, and how long after that it is killed. */
const member = fc.record({
  node: fc.nat(7),
  work: fc.constantFrom("id", "id", "uname"),
  arrivesMs: fc.oneof(fc.nat(150), fc.nat(900)),
  killedAfterMs: fc.option(
    fc.oneof(fc.nat(400), fc.nat(3_000), fc.nat(30_000)),
    {
      freq: 3,
    },
  ),
});

const lost: fc.Arbitrary<Fate> = fc.record({
  kind: fc.constant("lost"),
  isDone: fc.boolean(),
});
/** What AWS has begun when a run is killed it ends within the five seconds for which the run waits. */
const slow: fc.Arbitrary<Fate> = fc.record({
  kind: fc.constant("slow"),
  beforeMs: fc.nat(4_000),
  afterMs: fc.nat(25_000),
});
const refused = (name: string, status = 400): fc.Arbitrary<Fate> =>
  fc.constant({ kind: "refused", name, status });
const usual = fc.constant(undefined);

const schedule = fc.record({
  members: fc.array(member, { minLength: 1, maxLength: 12 }),
  badNodes: fc.uniqueArray(fc.nat(7), { maxLength: 3 }),
  badBy: fc.constantFrom("InvalidInstanceId", "AccessDeniedException"),
  sends: fc.array(
    fc.oneof(
      usual,
      lost,
      slow,
      refused("ThrottlingException"),
      refused("InternalServerError", 500),
      refused("ExpiredTokenException"),
    ),
    { maxLength: 8 },
  ),
  finds: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: usual },
      { weight: 1, arbitrary: lost },
      { weight: 1, arbitrary: refused("ThrottlingException") },
      { weight: 1, arbitrary: refused("AccessDeniedException") },
    ),
    { maxLength: 8 },
  ),
  connectMs: fc.constantFrom(0, 0, 150),
  latencyMs: fc.constantFrom(0, 80, 600),
  invisibleMs: fc.constantFrom(0, 900, 2_000),
  rate: fc.option(
    fc.record({
      perSecond: fc.integer({ min: 1, max: 5 }),
      burst: fc.constant(1),
    }),
  ),
  limits: fc.boolean(),
  seed: fc.nat(),
});

type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** How a run ended, as its user is told. */
type End =
  | { kind: "accepted"; commandId: string }
  | { kind: "not-sent" }
  | { kind: "failed"; message: string };

/** A run that is not killed gives up after its ten minutes, and what it does then has limits of its own. */
const hardLimitMs = 15 * 60_000;

const ids = nodeIds(8);
const idOf = (node: number) => ids[node] ?? "";

function openWorld(of: Schedule) {
  const clock = virtualClock();
  const gate = openLimiter(clock).gate({ account: "1", region: "eu-west-1" });
  const bad = new Set(of.badNodes.map(idOf));
  const [sends, finds] = [[...of.sends], [...of.finds]];
  const fate = ({ action, instanceIds }: ModelRequest): Fate | undefined => {
    if (action !== "ssm:SendCommand") return finds.shift();
    const found = instanceIds.find((id) => bad.has(id));
    if (found === undefined) return sends.shift();
    const message = `on resource: arn:aws:ec2:eu-west-1:111122223333:instance/${found}`;
    return { kind: "refused", name: of.badBy, message };
  };
  const { connectMs, latencyMs, invisibleMs, rate } = of;
  const world = openShared(
    {
      fate,
      connectMs,
      latencyMs,
      invisibleMs,
      ...(rate ? { rate } : {}),
      ...(of.limits ? { gate } : {}),
    },
    clock,
  );
  return { ...world, random: mulberry(of.seed) };
}

async function runMember(
  { clock, port, random }: ReturnType<typeof openWorld>,
  { node, work, arrivesMs, killedAfterMs }: Schedule["members"][number],
): Promise<End> {
  await clock.sleep(arrivesMs);
  const kill = new AbortController();
  if (killedAfterMs !== null)
    void clock.sleep(killedAfterMs).then(() => kill.abort("killed"));
  const { signal } = kill;
  const ssm = port({ isUrgent: () => signal.aborted });
  const request = requestOf(ssm, idOf(node), work);
  const ports = {
    ssm,
    clock,
    random,
    log: { note: () => undefined },
    subject: subjectOf(idOf(node)),
    told: new Set<"untaken">(),
  };
  const sending = {
    request,
    runId: request.comment.slice(-24),
    giveUpAtEpochMs: clock.now() + 600_000,
  };
  const last = delaySignal(ports, signal, killLimitMs);
  try {
    const command = await sendCommand(ports, sending, { signal, last });
    return command
      ? { kind: "accepted", commandId: command.commandId }
      : { kind: "not-sent" };
  } catch (error) {
    return { kind: "failed", message: String(error) };
  }
}

const saysMayRun = (end: End) =>
  end.kind === "failed" && /may be running/.test(end.message);
/** AWS has refused the same for this reason twice. */
const isExpired = (end: End) =>
  end.kind === "failed" && /ExpiredTokenException/.test(end.message);

type Given = ReturnType<typeof openWorld>["model"]["given"][number];

/** What contradicts what was told: nothing, where each command was given once, or a run says that it was not or that nobody knows. */
function findFaults(
  { members, badNodes }: Schedule,
  ends: readonly End[],
  given: readonly Given[],
): string[] {
  const unclaimed = new Set(given);
  const claim = (at: number, commandId?: string): boolean => {
    const { node = 0, work = "" } = members[at] ?? {};
    const own = [...unclaimed].find(
      (one) =>
        one.instanceId === idOf(node) &&
        one.text.startsWith(`${work} #`) &&
        one.commandId === (commandId ?? one.commandId),
    );
    return own !== undefined && unclaimed.delete(own);
  };
  const faults: string[] = [];
  for (const [at, end] of ends.entries()) {
    const { node = 0, killedAfterMs } = members[at] ?? {};
    const hasReason = killedAfterMs !== null || badNodes.includes(node);
    const told = `${at}: ${JSON.stringify(end)}`;
    if (end.kind === "accepted") {
      if (!claim(at, end.commandId)) faults.push(`not its command: ${told}`);
    } else if (!hasReason && !saysMayRun(end) && !isExpired(end))
      faults.push(`no reason to fail: ${told}`);
    if (
      end.kind === "failed" &&
      !end.message.startsWith("BridgeError: node of ")
    )
      faults.push(`not in our words: ${told}`);
  }
  for (const [at, end] of ends.entries()) if (saysMayRun(end)) claim(at);
  for (const one of unclaimed)
    faults.push(`given, and nobody says so: ${JSON.stringify(one)}`);
  return faults;
}

it(
  "a command is given to its node exactly once, or the run says that it was not, or that nobody knows",
  async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (of) => {
        const world = openWorld(of);
        const { clock, model } = world;
        const overdue = clock.sleep(hardLimitMs).then(() => {
          throw new Error("a run never ends");
        });
        const ended = Promise.all(
          of.members.map((one) => runMember(world, one)),
        );
        const ends = await clock.run(Promise.race([ended, overdue]));
        // what is on its way arrives
        await clock.run(clock.sleep(60_000));
        expect(findFaults(of, ends, model.given)).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  },
  runs(60_000),
);
