import { describe, expect, it } from "vitest";
import type { Ssm } from "../../../src/aws/ssm.ts";
import { isFinal } from "../../../src/exec/follow.ts";
import type { Fate } from "../../support/model-aws.ts";
import {
  callFor,
  nodeIds,
  openShared,
  requestOf,
} from "../../support/sharing.ts";

type World = ReturnType<typeof openShared>;

const lists = ({ model }: World) =>
  model.ofAction("ssm:ListCommandInvocations");
const gets = ({ model }: World) => model.ofAction("ssm:GetCommandInvocation");

/** Sends, and reads as soon as it has been answered until the end. */
async function runOn(world: World, instanceId: string, command = "id") {
  const ssm = world.port();
  const request = requestOf(ssm, instanceId, command);
  const sent = await ssm.send(request, callFor(instanceId));
  const told: { atMs: number; status: string }[] = [];
  for (;;) {
    const read = await ssm.read(sent, callFor(instanceId));
    told.push({ atMs: world.clock.passedMs(), status: read.status });
    if (isFinal(read.status)) return { read, told };
  }
}

const runAll = (world: World, ids: readonly string[], command?: string) =>
  world.clock.run(Promise.all(ids.map((id) => runOn(world, id, command))));

describe("reading a command that went to many nodes", () => {
  it("asks for all of them by one list, and gives each its own output", async () => {
    const world = openShared({ runMs: () => 2_000, invisibleMs: 1_000 });
    const ids = nodeIds(50);
    const runs = await runAll(world, ids);
    expect(runs.map(({ read }) => read)).toEqual(
      ids.map((id) => ({
        status: "Success",
        responseCode: 0,
        stdout: `out of ${id}`,
        stderr: "",
      })),
    );
    expect(gets(world)).toEqual([]);
    expect(lists(world).length).toBeLessThan(10);
    expect(runs[0]?.told.map(({ status }) => status)).toEqual([
      "NotVisible",
      "InProgress",
      "Success",
    ]);
  });

  it("counts as asked for what a run of its own would have, and not its waits", async () => {
    const world = openShared({ runMs: () => 120_000 });
    await runAll(world, nodeIds(1));
    const asked = world.sharing.asked().get("ssm:GetCommandInvocation");
    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThanOrEqual(gets(world).length);
  });

  it("asks by a list also where they come one after the other", async () => {
    const world = openShared({ latencyMs: 400, runMs: () => 1_000 });
    const readLater = async (instanceId: string, at: number) => {
      const ssm = world.port();
      const request = requestOf(ssm, instanceId);
      const sent = await ssm.send(request, callFor(instanceId));
      // each is back when the end has long been there to be seen
      await world.clock.sleep(2_000 + at * 1_000);
      return ssm.read(sent, callFor(instanceId));
    };
    const ids = nodeIds(4);
    const reads = await world.clock.run(Promise.all(ids.map(readLater)));
    expect(reads.map(({ status }) => status)).toEqual(ids.map(() => "Success"));
    expect(gets(world)).toEqual([]);
    expect(lists(world)).toHaveLength(1);
  });

  it("looks the next time when the end is due, and then often", async () => {
    const world = openShared({ runMs: () => 5_000 });
    const ids = nodeIds(50);
    await runAll(world, ids);
    const before = lists(world).length;
    const startedAtMs = world.clock.passedMs();
    const [again] = await runAll(world, ids);
    expect(lists(world).length - before).toBeLessThanOrEqual(5);
    const tookMs = (again?.told.at(-1)?.atMs ?? 0) - startedAtMs;
    // window 100, run 5,000, one look in 250 with its request's 80, on a tick of 50
    expect(tookMs).toBeLessThanOrEqual(5_480);
  });

  it("reads one alone where the list has cut its output", async () => {
    const ids = nodeIds(5);
    const long = "x".repeat(9_000);
    const world = openShared({
      runMs: () => 1_000,
      output: (id) => (id === ids[2] ? long : "short"),
    });
    const runs = await runAll(world, ids);
    expect(runs[2]?.read.stdout).toBe(long);
    expect(gets(world).map(({ instanceIds }) => instanceIds)).toEqual([
      [ids[2]],
    ]);
  });

  it("reads the last one that is left alone", async () => {
    const ids = nodeIds(10);
    const world = openShared({
      runMs: (id) => (id === ids[9] ? 60_000 : 1_000),
    });
    await runAll(world, ids);
    const [first] = lists(world);
    const late = lists(world).filter(
      ({ atMs }) => atMs > (first?.atMs ?? 0) + 10_000,
    );
    expect(late).toEqual([]);
    expect(gets(world).length).toBeGreaterThan(3);
  });

  it("answers within 3 s, with what is known by then", async () => {
    const world = openShared({ runMs: () => 60_000 });
    const [run] = await runAll(world, nodeIds(2));
    const times = run?.told.map(({ atMs }) => atMs) ?? [];
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBe(3_000);
    const words = new Set(run?.told.map(({ status }) => status));
    expect([...words]).toEqual(["InProgress", "Success"]);
  });

  it("asks nothing while nobody waits", async () => {
    const world = openShared({ runMs: () => 60_000 });
    const ids = nodeIds(3);
    const end = new AbortController();
    const wait = async (id: string) => {
      const ssm = world.port();
      const sent = await ssm.send(requestOf(ssm, id), callFor(id));
      return ssm
        .read(sent, callFor(id, { signal: end.signal }))
        .catch((reason: unknown) => reason);
    };
    void world.clock.sleep(200).then(() => end.abort("killed"));
    const told = await world.clock.run(Promise.all(ids.map(wait)));
    expect(told).toEqual(["killed", "killed", "killed"]);
    expect(world.clock.passedMs()).toBe(200);
    await world.clock.run(world.clock.sleep(30_000));
    expect(lists(world)).toEqual([]);
  });

  it("tells a failed look to each who waits, under its own name, and goes on", async () => {
    let looks = 0;
    const world = openShared({
      runMs: () => 2_000,
      fate: ({ action }): Fate | undefined =>
        action === "ssm:ListCommandInvocations" && ++looks === 1
          ? { kind: "refused", name: "InternalServerError", status: 500 }
          : undefined,
    });
    const read = async (id: string) => {
      const ssm: Ssm = world.port();
      const sent = await ssm.send(requestOf(ssm, id), callFor(id));
      const error = await ssm
        .read(sent, callFor(id))
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: "aws-failing",
        message: expect.stringMatching(`^node of ${id}: `),
      });
      return ssm.read(sent, callFor(id));
    };
    const later = await world.clock.run(Promise.all(nodeIds(3).map(read)));
    expect(later.map(({ status }) => status)).toEqual([
      "InProgress",
      "InProgress",
      "InProgress",
    ]);
  });

  it("reads each node alone where lists are denied, and asks for none again", async () => {
    const world = openShared({
      runMs: () => 2_000,
      fate: ({ action }) =>
        action === "ssm:ListCommandInvocations"
          ? { kind: "refused", name: "AccessDeniedException" }
          : undefined,
    });
    const ids = nodeIds(4);
    await runAll(world, ids);
    await runAll(world, ids, "uname");
    expect(lists(world)).toHaveLength(1);
    expect(world.model.sent.get(ids[0] ?? "")).toHaveLength(2);
  });
});

describe("cancelling", () => {
  it("asks once for the nodes of one command, and for these alone", async () => {
    const world = openShared({ runMs: () => 60_000 });
    const ids = nodeIds(6);
    const startedAtMs = world.clock.now();
    const run = async (id: string, at: number) => {
      const ssm = world.port();
      const sent = await ssm.send(requestOf(ssm, id), callFor(id));
      await world.clock.sleep(1_000);
      if (at >= 2) return "left alone";
      await ssm.cancel(sent, callFor(id));
      for (;;) {
        const { status } = await ssm.read(sent, callFor(id));
        if (isFinal(status)) return status;
      }
    };
    const ends = await world.clock.run(Promise.all(ids.map(run)));
    expect(ends.slice(0, 2)).toEqual(["Cancelled", "Cancelled"]);
    const cancels = world.model.ofAction("ssm:CancelCommand");
    expect(cancels.map(({ instanceIds }) => instanceIds)).toEqual([
      ids.slice(0, 2),
    ]);
    expect(world.clock.now() - startedAtMs).toBeLessThan(3_000);
  });
});

describe("a cancel whose turn comes late", () => {
  it("is waited for by who would end", async () => {
    const world = openShared({ runMs: () => 60_000, latencyMs: 8_000 });
    const [id = ""] = nodeIds(1);
    const left = new AbortController();
    const work = async () => {
      const ssm = world.port();
      const sent = await ssm.send(requestOf(ssm, id), callFor(id));
      const { signal } = left;
      const cancel = ssm.cancel(sent, callFor(id, { signal }));
      await world.clock.sleep(1_000);
      left.abort(new Error("killed"));
      await expect(cancel).rejects.toThrow("killed");
      expect(world.model.ofAction("ssm:CancelCommand")).toEqual([]);
      await world.sharing.allCancelled();
      expect(world.model.ofAction("ssm:CancelCommand")).toHaveLength(1);
    };
    await world.clock.run(work());
  });
});

describe("what SSM knows of nodes", () => {
  it("is asked once for those who ask together, and for two seconds", async () => {
    const world = openShared();
    const ids = nodeIds(40);
    const ask = (id: string) => world.port().describe(id, callFor(id));
    const states = await world.clock.run(Promise.all(ids.map(ask)));
    expect(states.every(({ kind }) => kind === "managed")).toBe(true);
    await world.clock.run(ask(ids[3] ?? ""));
    const asked = () =>
      world.model.ofAction("ssm:DescribeInstanceInformation").length;
    expect(asked()).toBe(1);
    await world.clock.run(world.clock.sleep(2_500));
    await world.clock.run(ask(ids[3] ?? ""));
    expect(asked()).toBe(2);
  });
});
