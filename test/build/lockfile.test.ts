import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const names = z.record(z.string(), z.string());
const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      optionalDependencies: names.optional(),
    }),
  ),
});

describe.each([
  "package-lock.json",
  "scripts/build/node/package-lock.json",
  "test/nodes/package-lock.json",
])("%s", (file) => {
  const text = readFileSync(file, "utf8");
  const { packages } = lockfile.parse(JSON.parse(text));
  const entries = Object.entries(packages);

  test("names no registry, and a hash for every package", () => {
    expect(text).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
    const bare = entries.filter(
      ([folder, { integrity }]) => folder !== "" && integrity === undefined,
    );
    expect(bare).toEqual([]);
  });

  // npm ci refuses a lockfile that was made where only one platform's builds were looked at
  test("has the builds for every platform that a package offers", () => {
    const offered = entries.flatMap(([folder, item]) =>
      Object.keys(item.optionalDependencies ?? {}).map((name) => ({
        folder,
        name,
      })),
    );
    expect(offered.length).toBeGreaterThan(1);
    const missing = offered.filter(
      ({ folder, name }) =>
        packages[`${folder}/node_modules/${name}`] === undefined &&
        packages[`node_modules/${name}`] === undefined,
    );
    expect(missing).toEqual([]);
  });
});
