import { expect, test } from "vitest";
import { readHybridTags } from "../../src/nodes/hybrid-tags.ts";
import type { TagMemory } from "../../src/nodes/hybrid-tags.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import type { Failure } from "../../src/kernel/failure.ts";

const hour = 3_600_000;

/** Reads of a service that takes a second for each. */
function reader(refuse: (id: string) => Error | undefined = () => undefined) {
  const asked: string[] = [];
  let now = 1_000 * hour;
  return {
    asked,
    now: () => now,
    refreshUntilEpochMs: now + 15_000,
    read: async (id: string) => {
      asked.push(id);
      now += 1_000;
      const refusal = refuse(id);
      if (refusal) throw refusal;
      return { id };
    },
  };
}

function memoryOf(ages: Record<string, number>, now: number): TagMemory {
  return new Map(
    Object.entries(ages).map(([id, age]) => [
      id,
      { tags: { old: id }, atEpochMs: now - age },
    ]),
  );
}

function failure(heals: Failure["heals"]): BridgeError {
  return new BridgeError("aws-throttled", "no", {
    failure: {
      whose: "aws",
      sent: "refused",
      heals,
      name: "x",
      answered: true,
      denied: heals === "never",
    },
  });
}

test("those that nobody has asked for come first, then the oldest; the latest are not asked for again", async () => {
  const ports = reader();
  const memory = memoryOf({ a: 1_000, b: hour, c: 2 * hour }, ports.now());
  await readHybridTags(["a", "b", "c", "d"], memory, ports);
  expect(ports.asked).toEqual(["d", "c", "b"]);
  expect(memory.get("a")?.tags).toEqual({ old: "a" });
  expect(memory.get("c")?.tags).toEqual({ id: "c" });
});

test("when the time is over what is known is good enough, what is not is asked for", async () => {
  const ports = reader();
  const known = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`known-${i}`, hour + i]),
  );
  const fresh = Array.from({ length: 20 }, (_, i) => `new-${i}`);
  const memory = memoryOf(known, ports.now());
  await readHybridTags([...Object.keys(known), ...fresh], memory, ports);
  expect(ports.asked).toEqual(fresh);
  expect(memory.size).toBe(50);
});

test("what was read before a failure stays", async () => {
  const ports = reader((id) => (id === "e" ? failure("rate") : undefined));
  const memory: TagMemory = new Map();
  const ids = ["a", "b", "c", "d", "e", "f"];
  await expect(readHybridTags(ids, memory, ports)).rejects.toThrow("no");
  expect(memory.get("a")?.tags).toEqual({ id: "a" });
});

test("a failure that passes is none where all are known, a denial is one", async () => {
  const throttled = reader(() => failure("rate"));
  const memory = memoryOf({ a: hour, b: hour }, throttled.now());
  await readHybridTags(["a", "b"], memory, throttled);
  expect(memory.get("a")?.tags).toEqual({ old: "a" });
  const denied = reader(() => failure("never"));
  await expect(readHybridTags(["a", "b"], memory, denied)).rejects.toThrow(
    "no",
  );
});
