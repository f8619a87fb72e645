import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";

const readySchema = z.object({
  endpoint: z.string(),
  region: z.string(),
  instanceIds: z.array(z.string()),
});

export type RunningLocalAws = AsyncDisposable & z.infer<typeof readySchema>;

/** `rundeck-ssm local` in a process of its own, so that its work is in nobody's figures. */
export async function startLocalAws(
  nodes: number,
  bucket: string,
  logGroup = "bench",
): Promise<RunningLocalAws> {
  const command = path.join(import.meta.dirname, "..", "dist", "rundeck-ssm");
  const child = spawn(
    command,
    [
      "local",
      `--nodes=${nodes}`,
      `--bucket=${bucket}`,
      `--log-group=${logGroup}`,
    ],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("error", reject);
    child.once("close", () => reject(new Error("rundeck-ssm local ended")));
  });
  return {
    ...readySchema.parse(JSON.parse(line)),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
