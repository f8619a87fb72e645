import { execFile, spawn } from "node:child_process";
import path from "node:path";
import { inject } from "vitest";
import * as z from "zod/mini";

const form = z.strictObject({
  version: z.string(),
  checks: z.array(
    z.strictObject({
      stage: z.string(),
      name: z.string(),
      state: z.enum(["ok", "warning", "problem", "unknown", "skipped"]),
      says: z.string(),
      remedy: z.optional(z.string()),
    }),
  ),
});

type ToldCheck = z.output<typeof form>["checks"][number];

type Run = { stdout: string; stderr: string; exitCode: number };

/** A process with a Rundeck server's environment, as far as the doctor looks at one. */
export async function startServer(
  environment: Record<string, string>,
): Promise<{ pid: number; [Symbol.dispose](): void }> {
  const child = spawn("/bin/sh", ["-c", "echo; read x"], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...environment },
    stdio: ["pipe", "pipe", "ignore"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return { pid: child.pid ?? 0, [Symbol.dispose]: () => void child.kill() };
}

/** The built plugin's `rundeck-ssm doctor`, in the shell of somebody who has set nothing for AWS. */
export function runDoctor(
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<Run> {
  return start(["rundeck-ssm", "doctor", ...words], environment);
}

/** The node step, as Rundeck starts it: everything is in the environment. */
export function runDoctorStep(
  environment: Record<string, string>,
): Promise<Run> {
  return start(["aws-ssm-doctor.sh"], environment);
}

function start(
  [name = "", ...words]: readonly string[],
  environment: Record<string, string>,
): Promise<Run> {
  const script = path.join(inject("build").contents, name);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: "/nonexistent",
    ...environment,
  };
  return new Promise((resolve) => {
    const child = execFile(
      "/bin/bash",
      [script, ...words],
      { env },
      (_, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: child.exitCode ?? -1 }),
    );
  });
}

/** What `--json` holds: nothing but what the contract names. */
export function parseDoctor({ stdout }: Run): ToldCheck[] {
  return form.parse(JSON.parse(stdout)).checks;
}

/** What is named first: a problem, and where there is none a warning. What this machine's Node.js is warned of is no part of a set-up. */
export function firstNamed(
  checks: readonly ToldCheck[],
): ToldCheck | undefined {
  const others = checks.filter(({ stage }) => stage !== "program");
  return (
    others.find(({ state }) => state === "problem") ??
    others.find(({ state }) => state === "warning")
  );
}
