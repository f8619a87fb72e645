import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "../..");

/** A copy of the repository, in which a contributor's commands may make and remove what they like. */
export type Clone = {
  folder: string;
  start(script: string): ChildProcess;
  [Symbol.dispose](): void;
};

/** What git ignores. */
const made = new Set([
  ".git",
  ".venv",
  "__pycache__",
  "coverage",
  "dist",
  "node_modules",
  "target",
]);

export function openClone(): Clone {
  const parent = mkdtempSync(path.join(tmpdir(), "bridge-clone-"));
  const folder = path.join(parent, "a clone");
  cpSync(root, folder, {
    recursive: true,
    filter: (file) => !made.has(path.basename(file)),
  });
  copyPackages(path.join(folder, "node_modules"));
  mkdirSync(path.join(parent, "home"));
  return {
    folder,
    start: (script) =>
      spawn("bash", ["--norc", "-euo", "pipefail", "-c", script], {
        cwd: folder,
        stdio: ["pipe", "pipe", "pipe"],
        // a group of its own, as a terminal gives to each command
        detached: true,
        env: {
          PATH: process.env["PATH"],
          HOME: path.join(parent, "home"),
          NO_COLOR: "1",
          npm_config_offline: "true",
          npm_config_update_notifier: "false",
          // npm looks whether it could install what the lockfile names, and leaves what is there: no test downloads it
          ...(/^npx /m.test(script) ? {} : { npm_config_dry_run: "true" }),
        },
      }),
    [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** The packages by links where the file system can, and without what vitest keeps there. */
function copyPackages(to: string): void {
  mkdirSync(to);
  const names = readdirSync(path.join(root, "node_modules")).filter(
    (name) => name !== ".vite" && name !== ".vitest",
  );
  const from = names.map((name) => path.join(root, "node_modules", name));
  const linked = spawnSync("cp", ["-al", ...from, to]);
  if (linked.status === 0) return;
  const copied = spawnSync("cp", ["-a", ...from, to]);
  if (copied.status !== 0) throw new Error(String(copied.stderr));
}
