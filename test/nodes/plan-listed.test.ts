import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ListedNode } from "../../src/aws/list-nodes.ts";
import { listNodes } from "../../src/nodes/list.ts";
import type { Question } from "../../src/nodes/list.ts";
import { failure, managed, openPorts, worldOf } from "../support/node-world.ts";
import type { World } from "../support/node-world.ts";
import { never } from "../support/ports.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "listed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const accounts = ["222222222222", "333333333333"];
const [role = "", other = ""] = accounts.map(
  (account) => `arn:aws:iam::${account}:role/rundeck`,
);

const question: Question = {
  regions: "all",
  homeRegion: "eu-west-1",
  roleArns: [role],
  listedBy: "ListNodes",
  filters: [],
  mapping: new Map(),
  attributes: new Map(),
  offline: "listed",
};

function listed(id: string, region: string, account = "111"): ListedNode {
  return { ...managed(id), region, account };
}

/** What the world's regions have, in an organization of three accounts. */
function organization(more: Partial<World> = {}): World {
  return worldOf({
    listed: [
      listed("i-1", "eu-west-1"),
      listed("i-4", "us-east-1", accounts[0]),
      listed("i-off", "us-east-1", accounts[0]),
      listed("mi-1", "eu-west-1", accounts[1]),
      listed("i-2", "eu-west-1", accounts[1]),
    ],
    ...more,
  });
}

async function list(world: World, more: Partial<Question> = {}) {
  const ports = openPorts(world, folder);
  const nodes = await listNodes({ ...question, ...more }, ports, never);
  const report = await readFile(ports.answers.reportFile, "utf8");
  const byId = new Map([...nodes.values()].map((it) => [it.instanceId, it]));
  const ids = [...byId.keys()].toSorted();
  return { byId, ids, report, notes: ports.notes };
}

test("one list tells the nodes, and the role of each one's account reaches it", async () => {
  const world = organization();
  const { byId, ids } = await list(world, { roleArns: [role, other] });
  expect(ids).toEqual(["i-1", "i-2", "i-4", "i-off", "mi-1"]);
  expect(byId.get("i-4")?.attributes).toMatchObject({
    region: "us-east-1",
    account: accounts[0],
    "ssm-assume-role-arn": role,
    state: "running",
  });
  expect(byId.get("mi-1")?.attributes).toMatchObject({
    account: accounts[1],
    "ssm-assume-role-arn": other,
    "tag:Env": "prod",
  });
  expect(byId.get("i-1")?.attributes).not.toHaveProperty("ssm-assume-role");
  expect(world.asked.filter((it) => it.startsWith("inventory"))).toEqual([]);
});

test("EC2 is asked only where the list has nodes", async () => {
  const world = organization({ listed: [listed("i-4", "us-east-1")] });
  await list(world, { roleArns: [role, other] });
  expect(world.asked).toEqual([
    "list eu-west-1",
    "caller ",
    "machines us-east-1",
  ]);
});

test("regions that are named are those that count", async () => {
  const { ids, notes } = await list(organization(), { regions: ["us-east-1"] });
  expect(ids).toEqual(["i-4", "i-off"]);
  expect(notes).toEqual([]);
});

test("what the list does not tell is the asker's own", async () => {
  const { byId } = await list(organization({ listed: [managed("mi-1")] }));
  expect(byId.get("mi-1")?.attributes).toMatchObject({
    account: "111",
    region: "eu-west-1",
  });
});

test("nodes of accounts without a role are left out, and counted in one line", async () => {
  const { ids, notes, report } = await list(organization(), { roleArns: [] });
  expect(ids).toEqual(["i-1"]);
  expect(notes).toEqual([
    `left out, since role-arns has no role of their accounts: 2 nodes of account ${accounts[0]}, 2 nodes of account ${accounts[1]}`,
  ]);
  expect(report).toContain(`\nnote: ${notes[0]}\n`);
});

test.each(["list eu-west-1", "caller "])(
  "where %s fails the list is the last one, with one line about it",
  async (call) => {
    const before = await list(organization());
    const world = organization({
      listed: [],
      failures: { [call]: failure("never", "no such luck") },
    });
    const { ids, notes, report } = await list(world);
    expect(ids).toEqual(before.ids);
    expect(notes).toEqual([
      expect.stringMatching(
        /^no such luck; set list-nodes to false to ask each region instead; listed as of \S+Z: 5 nodes$/,
      ),
      ...before.notes,
    ]);
    expect(report).toContain(`\nnote: ${notes[0]}\n`);
    await rm(folder, { recursive: true });
    await expect(list(world)).rejects.toThrow(/^no such luck; set list-nodes/);
  },
);

test("a list that breaks off between its pages is no shorter list", async () => {
  await list(organization());
  const world = organization();
  const ports = openPorts(world, folder);
  let pages = 0;
  const nodes = await listNodes(
    question,
    {
      ...ports,
      open: (scope) => {
        const opened = ports.open(scope);
        const inventory = {
          ...opened.inventory,
          listed: async (
            ...args: Parameters<typeof opened.inventory.listed>
          ) => {
            if (++pages > 1) throw failure("never", "cut");
            return opened.inventory.listed(...args);
          },
        };
        return { ...opened, inventory };
      },
    },
    never,
  );
  expect(nodes.size).toBe(3);
  expect(ports.notes[0]).toMatch(/^cut; .*: 5 nodes$/);
});

test.each([
  ["rate", 40, 50],
  ["soon", 15, 25],
] as const)(
  "a list that is not answered (%s) is asked for again, for less than a minute",
  async (heals, least, most) => {
    const failures = { "list eu-west-1": failure(heals, "not now") };
    const ports = openPorts(organization({ failures }), folder);
    const startedAt = ports.clock.now();
    await expect(listNodes(question, ports, never)).rejects.toThrow("not now");
    const seconds = (ports.clock.now() - startedAt) / 1_000;
    expect(seconds).toBeGreaterThan(least);
    expect(seconds).toBeLessThan(most);
  },
);

test("an account that can't be asked has its last nodes", async () => {
  const before = await list(organization());
  const world = organization({
    failures: { "machines us-east-1": failure("never", "no role") },
  });
  const { ids, notes } = await list(world);
  expect(ids).toEqual(before.ids);
  expect(notes).toContainEqual(expect.stringMatching(/^no role; listed as of/));
});
