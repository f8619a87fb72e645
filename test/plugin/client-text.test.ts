import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** Functions of a script, by name: from the line of their name to a closing brace at its beginning. */
function functionsOf(file: string): Map<string, string> {
  const text = readFileSync(`src/plugin/${file}`, "utf8");
  const found = text.matchAll(/^(\w+)\(\) \{.*?(?:^\}$|\}$)/gms);
  return new Map(
    [...found].map(([body, name = ""]) => [
      name,
      body.replaceAll(/ # .*$/gm, ""),
    ]),
  );
}

/** What runs before the client is bound to end what it has begun, or in a process of its own. */
const unbound = new Set([
  "run_shared",
  "find_sidecar",
  "launch",
  "close_descriptors",
]);
const client = functionsOf("client.sh");
const entry = functionsOf("entry.sh");
/** What of the entry's the client uses while a kill is its to tell. */
const shared = [
  "import_server_environment",
  "read_environment_of",
  "read_entry",
  "is_between",
  "find_parent",
  "forget_same",
];
const bound = [
  ...[...client].filter(([name]) => !unbound.has(name)),
  ...shared.map((name) => [name, entry.get(name) ?? ""] as const),
];

it("is found whole", () => {
  expect([...client.keys()]).toEqual(
    expect.arrayContaining([...unbound, "on_kill", "take_over", "end_hung"]),
  );
  for (const [, body] of bound) expect(body).not.toBe("");
});

// what makes bash lose a trap shows in one of thousands of kills: see `on_kill`
it.each(bound)("%s has nothing in which a kill could get lost", (_, body) => {
  expect(body).not.toMatch(/\b(?:break|continue)\b/);
  expect(body).not.toMatch(/\$\((?!\()|<\(/);
});
