import { expect, test } from "vitest";
import { nameUniquely } from "../../src/nodes/unique-names.ts";

const node = (name: string, instanceId: string) => ({
  name,
  instanceId,
  attributes: {},
  tags: [],
});

test("nodes are in the order of their names", () => {
  const names = nameUniquely([node("b", "i-1"), node("a", "i-2")]);
  expect([...names.keys()]).toEqual(["a", "b"]);
});

test("of several with one name each gets its id", () => {
  const names = nameUniquely([
    node("web", "i-1"),
    node("db", "i-2"),
    node("web", "i-3"),
  ]);
  expect([...names.keys()]).toEqual(["db", "web-i-1", "web-i-3"]);
  expect(names.get("web-i-3")?.instanceId).toBe("i-3");
});

test("none is lost whose name is what another one gets", () => {
  const names = nameUniquely([
    node("web", "i-1"),
    node("web", "i-2"),
    node("web-i-1", "i-3"),
  ]);
  expect(names.size).toBe(3);
  expect([...names.values()].map((it) => it.instanceId).toSorted()).toEqual([
    "i-1",
    "i-2",
    "i-3",
  ]);
});
