import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import path from "node:path";

const pins = path.join("scripts", "build", "node");

/**
 * Installs into `folder` the Node.js for Linux on `cpu` that scripts/build/node pins, and gives back where it lies and its SHA-512, which npm has compared.
 * Nothing of it is run.
 */
export async function installNode(cpu, folder) {
  for (const name of ["package.json", "package-lock.json"])
    await cp(path.join(pins, name), path.join(folder, name));
  const { status, error, stderr } = spawnSync(
    "npm",
    ["ci", "--os=linux", `--cpu=${cpu}`, "--ignore-scripts", "--no-bin-links"]
      .concat(["--include=optional", "--no-audit", "--no-fund"])
      .concat("--loglevel=error"),
    { cwd: folder, encoding: "utf8" },
  );
  if (status !== 0)
    throw new Error(
      `npm could not install Node.js for ${cpu}: ${error?.message ?? stderr}`,
    );
  const lock = JSON.parse(
    await readFile(path.join(pins, "package-lock.json"), "utf8"),
  ).packages;
  const name = path.join("node_modules", `node-linux-${cpu}`);
  const { version, integrity } = lock[name];
  const installed = path.join(folder, name);
  // what is optional npm leaves out without a word, also for a wrong sum
  if (!existsSync(path.join(installed, "bin", "node")))
    throw new Error(
      `npm did not get node-linux-${cpu} ${version} with the SHA-512 of ${pins}/package-lock.json`,
    );
  return { folder: installed, integrity };
}
