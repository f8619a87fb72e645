import { describe, expect, it } from "vitest";
import type { Call } from "../../../src/aws/companions.ts";
import { isFinal } from "../../../src/exec/follow.ts";
import {
  callFor,
  nodeIds,
  openShared,
  requestOf,
} from "../../support/sharing.ts";
import type { SharingRun } from "../../../src/sidecar/share/sharing.ts";

type World = ReturnType<typeof openShared>;
type Sent = { at: number; commandId?: string; error?: unknown };

/** A run that begins after `afterMs` and sends once. */
async function sendAfter(
  { clock, port }: World,
  instanceId: string,
  afterMs: number,
  {
    command,
    run,
    call,
  }: { command?: string; run?: Partial<SharingRun>; call?: Partial<Call> } = {},
): Promise<Sent> {
  await clock.sleep(afterMs);
  const ssm = port(run);
  const request = requestOf(ssm, instanceId, command);
  try {
    const { commandId } = await ssm.send(request, callFor(instanceId, call));
    return { at: clock.passedMs(), commandId };
  } catch (error) {
    return { at: clock.passedMs(), error };
  }
}

const sends = ({ model }: World) => model.ofAction("ssm:SendCommand");
const sizes = (world: World) =>
  sends(world).map(({ instanceIds }) => instanceIds.length);

describe("sends that are equal but for their node", () => {
  it("are one request, made when nobody has come for 100 ms", async () => {
    const world = openShared({ latencyMs: 0 });
    const [a, b, c] = nodeIds(3);
    const sent = await world.clock.run(
      Promise.all([
        sendAfter(world, a ?? "", 0),
        sendAfter(world, b ?? "", 90),
        sendAfter(world, c ?? "", 180),
      ]),
    );
    expect(sizes(world)).toEqual([3]);
    expect(sent).toEqual([1, 2, 3].map(() => ({ at: 280, commandId: "c-1" })));
  });

  it("are sent 500 ms after the first one, though others keep coming", async () => {
    const world = openShared({ latencyMs: 0 });
    const ids = nodeIds(12);
    await world.clock.run(
      Promise.all(ids.map((id, at) => sendAfter(world, id, at * 60))),
    );
    expect(sends(world).map(({ instanceIds }) => instanceIds.length)).toEqual([
      9, 3,
    ]);
    expect(sends(world)[0]?.atMs).toBe(
      world.clock.now() - world.clock.passedMs() + 500,
    );
  });

  it("are at most 50 at once, and then wait for nobody", async () => {
    const world = openShared({ latencyMs: 0 });
    const sent = await world.clock.run(
      Promise.all(nodeIds(120).map((id) => sendAfter(world, id, 0))),
    );
    expect(sizes(world)).toEqual([50, 50, 20]);
    expect(sent.filter(({ at }) => at === 0)).toHaveLength(100);
  });

  it("wait for no more than the job's threads can bring", async () => {
    const world = openShared({ latencyMs: 0 });
    const run = { threads: 4 };
    const sent = await world.clock.run(
      Promise.all(
        nodeIds(4).map((id, at) => sendAfter(world, id, at * 20, { run })),
      ),
    );
    expect(sizes(world)).toEqual([4]);
    expect(sent.every(({ at }) => at === 60)).toBe(true);
  });

  it("don't wait for threads whose command is on a node", async () => {
    const [a = "", b = "", c = "", d = "", e = "", f = ""] = nodeIds(6);
    const runMs = (id: string) => (id === c || id === d ? 60_000 : 2_000);
    const world = openShared({ latencyMs: 0, runMs });
    const run = { threads: 4 };
    const runOn = async (id: string): Promise<{ sentAt: number }> => {
      const ssm = world.port(run);
      const command = await ssm.send(requestOf(ssm, id), callFor(id));
      const sentAt = world.clock.passedMs();
      for (;;) {
        const { status } = await ssm.read(command, callFor(id));
        if (isFinal(status)) return { sentAt };
      }
    };
    const oneAfterTheOther = async (id: string, next: string, ms: number) => {
      await runOn(id);
      await world.clock.sleep(ms);
      const cameAt = world.clock.passedMs();
      return { cameAt, ...(await runOn(next)) };
    };
    const [first, second] = await world.clock.run(
      Promise.all([
        oneAfterTheOther(a, e, 0),
        oneAfterTheOther(b, f, 60),
        runOn(c),
        runOn(d),
      ]),
    );
    expect(sizes(world)).toEqual([4, 2]);
    expect(second.cameAt - first.cameAt).toBe(60);
    expect(first.sentAt).toBe(second.cameAt);
    expect(second.sentAt).toBe(second.cameAt);
  });

  it("wait for threads whose run has ended, however", async () => {
    const [a = "", b = ""] = nodeIds(2);
    const world = openShared({ latencyMs: 0 });
    const run = { threads: 2 };
    const left = world.port(run);
    await world.clock.run(left.send(requestOf(left, a), callFor(a)));
    left.close();
    await world.clock.run(sendAfter(world, b, 0, { run }));
    const [first, second] = sends(world);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBe(100);
  });

  it("wait for nobody in a job of one thread", async () => {
    const world = openShared({ latencyMs: 0 });
    const [id = ""] = nodeIds(1);
    const run = { threads: 1 };
    const sent = await world.clock.run(sendAfter(world, id, 0, { run }));
    expect(sent).toEqual({ at: 0, commandId: "c-1" });
  });

  it("are not grouped with those of another work, and no node is twice in a group", async () => {
    const world = openShared();
    const [a = "", b = ""] = nodeIds(2);
    await world.clock.run(
      Promise.all([
        sendAfter(world, a, 0),
        sendAfter(world, a, 0),
        sendAfter(world, b, 0),
        sendAfter(world, b, 0, { command: "uname" }),
      ]),
    );
    const groups = sends(world).map(({ instanceIds }) => instanceIds);
    expect(groups).toHaveLength(3);
    expect(groups).toEqual(expect.arrayContaining([[a], [a, b], [b]]));
    expect(world.model.sent.get(a)).toHaveLength(2);
    expect(world.model.sent.get(b)).toHaveLength(2);
  });

  it("have a new name once their group is on its way", async () => {
    const world = openShared();
    const [a = "", b = ""] = nodeIds(2);
    const sent = await world.clock.run(
      Promise.all([sendAfter(world, a, 0), sendAfter(world, b, 150)]),
    );
    expect(sent.map(({ commandId }) => commandId)).toEqual(["c-1", "c-2"]);
    const comments = [a, b].map((id) => world.model.sent.get(id)?.[0]?.comment);
    expect(new Set(comments).size).toBe(2);
  });
});

describe("a kill", () => {
  it("before the group is sent takes its own node out of it", async () => {
    const world = openShared();
    const [a = "", b = ""] = nodeIds(2);
    const kill = new AbortController();
    const killed = { call: { early: kill.signal } };
    void world.clock.sleep(40).then(() => kill.abort("killed"));
    const sent = await world.clock.run(
      Promise.all([sendAfter(world, a, 0, killed), sendAfter(world, b, 0)]),
    );
    expect(sent[0]).toEqual({ at: 40, error: "killed" });
    expect(sends(world).map(({ instanceIds }) => instanceIds)).toEqual([[b]]);
  });

  it("before the request is written has it made anew for the others", async () => {
    const world = openShared({ connectMs: 200 });
    const [a = "", b = ""] = nodeIds(2);
    const kill = new AbortController();
    let written = 0;
    const killed = {
      call: { early: kill.signal, onSent: () => (written += 1) },
    };
    void world.clock.sleep(150).then(() => kill.abort("killed"));
    const sent = await world.clock.run(
      Promise.all([sendAfter(world, a, 0, killed), sendAfter(world, b, 0)]),
    );
    expect(sent[0]).toEqual({ at: 150, error: "killed" });
    expect(sent[1]?.commandId).toBe("c-1");
    expect(sends(world).map(({ instanceIds }) => instanceIds)).toEqual([[b]]);
    expect(written).toBe(0);
  });

  it("after the request was written waits for the command, so that it can be cancelled", async () => {
    const world = openShared({ latencyMs: 400 });
    const [a = "", b = ""] = nodeIds(2);
    const kill = new AbortController();
    const killed = { call: { early: kill.signal } };
    void world.clock.sleep(200).then(() => kill.abort("killed"));
    const sent = await world.clock.run(
      Promise.all([sendAfter(world, a, 0, killed), sendAfter(world, b, 0)]),
    );
    expect(sent.map(({ commandId }) => commandId)).toEqual(["c-1", "c-1"]);
  });

  it("that waits no longer ends its own waiting alone", async () => {
    const world = openShared({ latencyMs: 400 });
    const [a = "", b = ""] = nodeIds(2);
    const end = new AbortController();
    let written = 0;
    const ended = {
      call: { signal: end.signal, onSent: () => (written += 1) },
    };
    void world.clock.sleep(200).then(() => end.abort("over"));
    const sent = await world.clock.run(
      Promise.all([sendAfter(world, a, 0, ended), sendAfter(world, b, 0)]),
    );
    expect(sent[0]).toEqual({ at: 200, error: "over" });
    expect(written).toBe(1);
    expect(sent[1]?.commandId).toBe("c-1");
  });

  it("of everybody ends the request", async () => {
    const world = openShared({ latencyMs: 5_000 });
    const end = new AbortController();
    const ended = { call: { signal: end.signal } };
    void world.clock.sleep(200).then(() => end.abort("over"));
    const sent = await world.clock.run(
      Promise.all(nodeIds(3).map((id) => sendAfter(world, id, 0, ended))),
    );
    expect(sent.map(({ error }) => error)).toEqual(["over", "over", "over"]);
    // what AWS has not had by then it does not get
    await world.clock.run(world.clock.sleep(10_000));
    expect(world.model.sent.size).toBe(0);
  });
});

describe("a refused group", () => {
  const bad = (ids: string[], name = "InvalidInstanceId", hint = false) =>
    openShared({
      fate: ({ action, instanceIds }) => {
        const found = instanceIds.filter((id) => ids.includes(id));
        if (action !== "ssm:SendCommand" || found.length === 0)
          return undefined;
        const message = hint
          ? `not authorized to perform: ssm:SendCommand on resource: arn:aws:ec2:eu-west-1:111122223333:instance/${found[0]}`
          : "some of them";
        return { kind: "refused", name, message };
      },
    });

  it("fails the bad node alone, under its own name", async () => {
    const ids = nodeIds(50);
    const [badOne = ""] = ids.slice(17);
    const world = bad([badOne]);
    const sent = await world.clock.run(
      Promise.all(ids.map((id) => sendAfter(world, id, 0))),
    );
    const failed = sent.filter(({ error }) => error);
    expect(failed).toHaveLength(1);
    expect(sent[17]?.error).toMatchObject({
      code: "node-unreachable",
      message: expect.stringMatching(`^node of ${badOne}: `),
    });
    expect(sends(world).length).toBeLessThan(15);
    const runs = ids.map((id) => world.model.sent.get(id)?.length ?? 0);
    expect(runs.filter((count) => count === 1)).toHaveLength(49);
  });

  it("asks no more than twice for each node where all are bad", async () => {
    const ids = nodeIds(20);
    const world = bad(ids);
    const sent = await world.clock.run(
      Promise.all(ids.map((id) => sendAfter(world, id, 0))),
    );
    expect(sent.every(({ error }) => error)).toBe(true);
    expect(sends(world).length).toBeLessThan(2 * ids.length);
  });

  it("is narrowed down by what a denial names", async () => {
    const ids = nodeIds(30);
    const [denied = ""] = ids.slice(4);
    const world = bad([denied], "AccessDeniedException", true);
    const sent = await world.clock.run(
      Promise.all(ids.map((id) => sendAfter(world, id, 0))),
    );
    expect(sizes(world)).toEqual([30, 1, 29]);
    expect(sent.filter(({ error }) => error)).toHaveLength(1);
    expect(sent[4]?.error).toMatchObject({ code: "access-denied" });
  });

  it.each([
    ["AccessDeniedException", "access-denied", 1],
    ["ThrottlingException", "aws-throttled", 1],
    ["InvalidDocument", "setting-invalid", 1],
    // with the credentials that their source gives then
    ["UnrecognizedClientException", "credentials-invalid", 2],
  ])(
    "for a reason that is everybody's (%s) is refused to each of them",
    async (name, code, times) => {
      const ids = nodeIds(3);
      const world = openShared({ fate: () => ({ kind: "refused", name }) });
      const sent = await world.clock.run(
        Promise.all(ids.map((id) => sendAfter(world, id, 0))),
      );
      expect(sends(world)).toHaveLength(times);
      for (const [at, id] of ids.entries()) {
        expect(sent[at]?.error).toMatchObject({ code });
        const text = String(sent[at]?.error);
        expect(text).toContain(`node of ${id}`);
        const others = ids.filter((one) => one !== id);
        expect(others.filter((one) => text.includes(one))).toEqual([]);
      }
    },
  );
});

describe("a group whose answer was lost", () => {
  it("is looked up by one request for all of its nodes", async () => {
    let lost = 0;
    const world = openShared({
      fate: ({ action }) =>
        action === "ssm:SendCommand" && ++lost === 1
          ? { kind: "lost", isDone: true }
          : undefined,
    });
    const ids = nodeIds(40);
    const find = async (instanceId: string) => {
      const ssm = world.port();
      const request = requestOf(ssm, instanceId);
      const error = await ssm
        .send(request, callFor(instanceId))
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ failure: { sent: "unknown" } });
      await world.clock.sleep(300);
      const runId = request.comment.slice(-24);
      return ssm.find({ instanceId, runId }, callFor(instanceId));
    };
    const found = await world.clock.run(Promise.all(ids.map(find)));
    expect(found).toEqual(
      ids.map((instanceId) => ({ commandId: "c-1", instanceId })),
    );
    expect(world.model.ofAction("ssm:ListCommands")).toHaveLength(1);
  });
});
