import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = import.meta.dirname;
/** Ignored by git, and kept between runs. */
const environment = path.join(here, "../../../.venv/clients");

export type Python =
  | { kind: "ready"; python: string; aws: string }
  | { kind: "missing"; sentence: string };

/**
 * AWS's own clients at the pinned versions, in a virtual environment that is made once.
 * Rejects where they are missing and RUNDECK_SSM_REQUIRE_HOST_TESTS=1 asks for them.
 */
export async function preparePython(): Promise<Python> {
  try {
    await install();
    return {
      kind: "ready",
      python: path.join(environment, "bin/python"),
      aws: path.join(environment, "bin/aws"),
    };
  } catch (error) {
    const sentence = `AWS CLI and boto3 tests are skipped: ${firstLine(error)}`;
    if (process.env["RUNDECK_SSM_REQUIRE_HOST_TESTS"] === "1")
      throw new Error(
        `${sentence}, but RUNDECK_SSM_REQUIRE_HOST_TESTS=1 requires them`,
        { cause: error },
      );
    process.stderr.write(`${sentence}\n`);
    return { kind: "missing", sentence };
  }
}

async function install(): Promise<void> {
  const requirements = path.join(here, "requirements.txt");
  const marker = path.join(environment, "installed");
  const wanted = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex");
  if ((await readOrNothing(marker)) === wanted) return;
  await rm(environment, { recursive: true, force: true });
  await run("python3", ["-m", "venv", environment]);
  await run(path.join(environment, "bin/pip"), [
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--requirement",
    requirements,
  ]);
  await writeFile(marker, wanted);
}

async function readOrNothing(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").find((line) => line !== "") ?? "";
}
