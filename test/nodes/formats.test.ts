import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatNodes } from "../../src/nodes/formats.ts";
import type { NamedNodes } from "../../src/nodes/formats.ts";

const odd = 'a"b: #\u0007\u0085\u2028\u{1f600}';
const nodes: NamedNodes = new Map([
  [
    odd,
    {
      instanceId: "i-1",
      name: odd,
      attributes: { instanceId: "i-1", "tag:x: y": odd, region: "eu-west-1" },
      tags: ["a, b", "Env=prod"],
    },
  ],
  ["web", { instanceId: "i-2", name: "web", attributes: {}, tags: [] }],
]);
const entries = [
  {
    nodename: odd,
    instanceId: "i-1",
    "tag:x: y": odd,
    region: "eu-west-1",
    tags: ["a, b", "Env=prod"],
  },
  { nodename: "web", tags: [] },
];
const byName = { [odd]: entries[0], web: entries[1] };

test("json is a list, Rundeck's forms are by name, and all hold the same", () => {
  expect(JSON.parse(formatNodes(nodes, "json"))).toEqual(entries);
  expect(JSON.parse(formatNodes(nodes, "resourcejson"))).toEqual(byName);
  expect(parse(formatNodes(nodes, "yaml"))).toEqual(byName);
});

test("no nodes are no nothing", () => {
  const none: NamedNodes = new Map();
  expect(formatNodes(none, "json")).toBe("[]\n");
  expect(formatNodes(none, "resourcejson")).toBe("{}\n");
  expect(formatNodes(none, "yaml")).toBe("{}\n");
  expect(formatNodes(none, "table")).toMatch(/^NAME +INSTANCE/);
});

test("a table has a line for each, and no name moves the cursor", () => {
  const lines = formatNodes(nodes, "table").split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/^a"b: #\?\?\?\u{1f600} +i-1 +eu-west-1 +- /u);
  expect(lines[0]?.indexOf("INSTANCE")).toBe(lines[2]?.indexOf("-"));
});
