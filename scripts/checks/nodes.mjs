import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const folder = path.join("test", "nodes");

/** What is tried with every Node: all that the plugin does, in about a minute. */
const files = [
  "node",
  "command",
  "kill",
  "copy",
  "settings",
  "output-corpus",
].map((name) => `test/e2e/${name}.test.ts`);

/** Installs the other versions of Node.js that test/nodes names. Each is a `program`, or the `reason` why it can't be had on this machine. */
export function findNodes() {
  const manifest = JSON.parse(
    readFileSync(path.join(folder, "package.json"), "utf8"),
  );
  const install = ["ci", "--ignore-scripts", "--no-bin-links", "--no-audit"];
  const installed = spawnSync(
    "npm",
    [...install, "--no-fund", "--loglevel=error"],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  return Object.entries(manifest.optionalDependencies).map(([name, wanted]) => {
    const version = wanted.split("@").at(-1);
    const program = path.resolve(folder, "node_modules", name, "bin", "node");
    const told = spawnSync(program, ["--version"], { encoding: "utf8" });
    const node = { name: `Node ${version}`, files };
    if (told.stdout?.trim() === `v${version}`) return { ...node, program };
    const reason =
      installed.status === 0
        ? "its package is for Linux on x64 with glibc"
        : "npm could not install it";
    return { ...node, reason };
  });
}
