import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const harnessScript = path.join(
  import.meta.dirname,
  "harness",
  "run.sh",
);

export type Java =
  | { kind: "ready" }
  /** The sentence says what is missing and what follows from that. */
  | { kind: "missing"; sentence: string };

/** Java and Maven build and run the harness. Without them the host tests are skipped, unless the environment requires them. */
export async function findJava(): Promise<Java> {
  for (const tool of ["java", "mvn"]) {
    if (await starts(tool)) continue;
    const sentence = `rundeck-core host tests skipped: no ${tool} on this machine`;
    if (process.env["RUNDECK_SSM_REQUIRE_HOST_TESTS"] === "1")
      throw new Error(
        `${sentence}, but RUNDECK_SSM_REQUIRE_HOST_TESTS=1 requires them`,
      );
    process.stderr.write(`${sentence}\n`);
    return { kind: "missing", sentence };
  }
  return { kind: "ready" };
}

/** Builds the harness if it is missing or older than its sources. The first time Maven downloads rundeck-core. */
export async function buildHarness(): Promise<void> {
  await run("sh", [harnessScript, "build"]);
}

async function starts(tool: string): Promise<boolean> {
  try {
    await run(tool, ["-version"]);
    return true;
  } catch {
    return false;
  }
}
