import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

/** The built plugin, as this run of the tests made it. */
export type Build = {
  /** `rundeck-ssm-bridge-<version>.zip` */
  zip: string;
  /** The folder that Rundeck would extract it to. */
  contents: string;
};

declare module "vitest" {
  interface ProvidedContext {
    build: Build;
  }
}

const root = path.join(import.meta.dirname, "..", "..");

/** Builds the plugin once for all test files, into a folder of its own. */
export default function setup(project: TestProject): () => void {
  const out = mkdtempSync(path.join(tmpdir(), "bridge-build-"));
  const built = spawnSync(process.execPath, ["scripts/build.mjs", out], {
    cwd: root,
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stderr}`);
  // the build names its folder by the version
  const zip = readdirSync(out).find((name) => name.endsWith(".zip")) ?? "";
  const release = path.join(out, zip.slice(0, -".zip".length));
  project.provide("build", {
    zip: `${release}.zip`,
    contents: path.join(release, "contents"),
  });
  return () => rmSync(out, { recursive: true, force: true });
}
