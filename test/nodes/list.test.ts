import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listNodes } from "../../src/nodes/list.ts";
import type { Question } from "../../src/nodes/list.ts";
import { failure, openPorts, worldOf } from "../support/node-world.ts";
import type { World } from "../support/node-world.ts";
import { never } from "../support/ports.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "list-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const question: Question = {
  regions: ["eu-west-1", "us-east-1"],
  homeRegion: "eu-west-1",
  roleArns: [],
  listedBy: "DescribeInstanceInformation",
  filters: [],
  mapping: new Map(),
  attributes: new Map(),
  offline: "listed",
};

async function list(world: World, more: Partial<Question> = {}) {
  const ports = openPorts(world, folder);
  const nodes = await listNodes({ ...question, ...more }, ports, never);
  const report = await readFile(ports.answers.reportFile, "utf8");
  const ids = [...nodes.values()].map((it) => it.instanceId).toSorted();
  return { nodes, ids, report, notes: ports.notes };
}

test("all pages of all regions are one list, with what each service knows", async () => {
  const { nodes, ids, notes, report } = await list(worldOf());
  expect(ids).toEqual(["i-1", "i-2", "i-3", "i-4", "i-off", "mi-1"]);
  expect(nodes.get("name of i-3")?.attributes).toMatchObject({
    instanceId: "i-3",
    account: "111",
    state: "running",
    region: "eu-west-1",
    osName: "Linux",
  });
  expect(nodes.get("till mi-1")?.attributes).toMatchObject({
    "tag:Env": "prod",
    region: "eu-west-1",
  });
  expect(notes).toEqual([]);
  expect(report).toMatch(/^\S+Z: 6 nodes listed\n.*eu-west-1: 4 nodes\n/);
});

test("nodes whose agent is not online are left out where that is wanted", async () => {
  const { ids } = await list(worldOf(), { offline: "left-out" });
  expect(ids).not.toContain("i-off");
});

test("a filter leaves the instances that EC2 tells, and hybrid nodes that match", async () => {
  const ids = [{ name: "instance-id", values: ["i-2", "mi-1"] }];
  expect((await list(worldOf(), { filters: ids })).ids).toEqual([
    "i-2",
    "mi-1",
  ]);
});

test("a region that fails has the nodes of its last good answer, and the reason is told", async () => {
  const before = await list(worldOf());
  const world = worldOf({
    failures: { "inventory us-east-1": failure("never", "no such luck") },
  });
  world.nodes["eu-west-1"] = ["i-1"];
  const { ids, notes, report } = await list(world);
  expect(ids).toEqual(["i-1", "i-4", "i-off"]);
  expect(notes).toEqual([
    expect.stringMatching(/^no such luck; listed as of \S+Z: 2 nodes$/),
  ]);
  expect(report).toContain("3 nodes listed");
  expect(report).toContain(`region us-east-1: ${notes[0]}`);
  expect(before.ids).toHaveLength(6);
});

test("without a last good answer there is no list, and each reason is told once", async () => {
  const world = worldOf({
    failures: {
      "inventory us-east-1": failure("never", "one"),
      "inventory eu-west-1": failure("never", "other"),
    },
  });
  const ports = openPorts(world, folder);
  await expect(listNodes(question, ports, never)).rejects.toThrow("other");
  expect(ports.notes).toEqual(["one"]);
  expect(await readFile(ports.answers.reportFile, "utf8")).toMatch(
    /no list: .*\nregion eu-west-1: no nodes, and none from before: other\n/,
  );
});

test.each([
  ["rate", 40, 50],
  ["soon", 15, 25],
] as const)(
  "what heals by itself (%s) is asked again, for less than a minute",
  async (heals, least, most) => {
    const failures = { "inventory us-east-1": failure(heals, "not now") };
    const ports = openPorts(worldOf({ failures }), folder);
    const startedAt = ports.clock.now();
    await expect(listNodes(question, ports, never)).rejects.toThrow("not now");
    const seconds = (ports.clock.now() - startedAt) / 1_000;
    expect(seconds).toBeGreaterThan(least);
    expect(seconds).toBeLessThan(most);
  },
);

test("without the right to ask EC2 nodes have no tags, and a note says so", async () => {
  const denied = failure("never", "AWS denied ec2:DescribeInstances", true);
  const world = worldOf({
    nodes: { "eu-west-1": ["i-1", "mi-1"] },
    failures: { "machines eu-west-1": denied },
  });
  const one = { regions: ["eu-west-1"] };
  const { nodes, notes } = await list(world, one);
  expect([...nodes.keys()]).toEqual(["i-1", "till mi-1"]);
  expect(notes).toEqual([
    "AWS denied ec2:DescribeInstances; nodes are listed without EC2's tags",
  ]);
  // which of them match nobody can tell
  const filters = [{ name: "tag:Env", values: ["prod"] }];
  await rm(folder, { recursive: true });
  await expect(list(world, { ...one, filters })).rejects.toThrow("AWS denied");
});

test("without the right to ask for tags hybrid nodes have none, and one note says so", async () => {
  const denied = failure("never", "AWS denied ssm:ListTagsForResource", true);
  const world = worldOf({
    nodes: { "eu-west-1": ["mi-1", "mi-2"] },
    failures: { "tags mi-1": denied, "tags mi-2": denied },
  });
  const { nodes, notes } = await list(world, { regions: ["eu-west-1"] });
  expect([...nodes.keys()]).toEqual(["mi-1", "mi-2"]);
  expect(notes).toHaveLength(1);
});

test("all regions are those that EC2 tells, or those of its last answer", async () => {
  const world = worldOf();
  const everywhere = { regions: "all" } as const;
  expect((await list(world, everywhere)).ids).toHaveLength(6);
  world.failures["regions"] = failure("never", "no regions");
  const { ids, notes } = await list(world, everywhere);
  expect(ids).toHaveLength(6);
  expect(notes).toEqual([
    "no regions; the regions are those of the last answer",
  ]);
  await rm(folder, { recursive: true });
  await expect(list(world, everywhere)).rejects.toThrow("no regions");
});

test("a node that two roles see is listed once, by the first", async () => {
  const roleArns = ["1", "2"].map((n) => `arn:aws:iam::${n.repeat(12)}:role/r`);
  const { nodes, ids } = await list(worldOf(), { roleArns });
  expect(ids).toHaveLength(6);
  expect(nodes.get("name of i-1")?.attributes["ssm-assume-role-arn"]).toBe(
    roleArns[0],
  );
});

test("a signal ends it, and what was kept stays", async () => {
  await list(worldOf());
  const ports = openPorts(worldOf(), folder);
  const ending = new AbortController();
  ending.abort(new Error("ended"));
  await expect(listNodes(question, ports, ending.signal)).rejects.toThrow(
    "ended",
  );
  expect(await readFile(ports.answers.reportFile, "utf8")).toContain("6 nodes");
});

test("a defect is no region's failure", async () => {
  await list(worldOf());
  const world = worldOf({
    failures: { "inventory us-east-1": new TypeError("ours") },
  });
  await expect(list(world)).rejects.toThrow(TypeError);
});
