import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const folder = path.join(import.meta.dirname, "cases");

/** Titles of the cases in a Python file, known before any of them has run. */
export function titlesOf(script: string): string[] {
  const text = readFileSync(path.join(folder, script), "utf8");
  return [...text.matchAll(/^@case\("(.*)"\)$/gm)].map(
    ([, title = ""]) => title,
  );
}

const resultSchema = z.strictObject({
  title: z.string(),
  problem: z.string().optional(),
});

/** Runs a file of cases against an endpoint; what went wrong, by title. Cases that are absent did not run. */
export async function runCases(
  script: string,
  {
    python,
    endpoint,
    settings,
  }: { python: string; endpoint: string; settings: object },
): Promise<Map<string, string>> {
  const { stdout } = await run(python, [path.join(folder, script)], {
    timeout: 400_000,
    // Nothing of the machine's own AWS configuration, and no proxy between us and the loopback address.
    env: {
      PATH: process.env["PATH"],
      HOME: "/nonexistent",
      PYTHONDONTWRITEBYTECODE: "1",
      AWS_ENDPOINT_URL: endpoint,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIAANYBODY",
      AWS_SECRET_ACCESS_KEY: "any",
      AWS_EC2_METADATA_DISABLED: "true",
      LOCAL_AWS: JSON.stringify(settings),
    },
  });
  return new Map(
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => resultSchema.parse(JSON.parse(line)))
      .map(({ title, problem }) => [title, problem ?? "passed"]),
  );
}
