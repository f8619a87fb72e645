import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

export const fleetSchema = z.object({
  nodes: z.number(),
  bucket: z.string(),
  /** Of each operation; zero for as many as come. */
  requestsPerSecond: z.number(),
});

const readySchema = z.object({
  endpoint: z.string(),
  region: z.string(),
  instanceIds: z.array(z.string()),
  /** Where the commands of each node leave relative files. */
  folders: z.array(z.string()),
});

const callsSchema = z.object({
  /** How often each operation was asked for, by others than the nodes. */
  byOperation: z.record(z.string(), z.number()),
  throttled: z.number(),
});

export type Fleet = z.infer<typeof fleetSchema>;
export type Calls = z.infer<typeof callsSchema>;

export type CountedAws = AsyncDisposable &
  z.infer<typeof readySchema> & {
    /** The requests since the last time that it was asked for. */
    takeCalls(): Promise<Calls>;
    /** CPU time so far of the local AWS itself, and of the commands on its nodes that have ended. */
    cpuMs(): Promise<number>;
  };

/** The local AWS in a process of its own, so that its cost stays apart, with its own count of what it was asked. */
export async function startCountedAws(fleet: Fleet): Promise<CountedAws> {
  const program = path.join("..", "dist", "bench-aws.mjs");
  const child = fork(path.join(import.meta.dirname, program), [
    JSON.stringify(fleet),
  ]);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const answer = () =>
    new Promise<unknown>((resolve, reject) => {
      child.once("message", resolve);
      void ended.then(() => reject(new Error("the local AWS ended")));
    });
  return {
    ...readySchema.parse(await answer()),
    takeCalls: async () => {
      const calls = answer();
      child.send("take");
      return callsSchema.parse(await calls);
    },
    cpuMs: () => readCpuMs(child.pid ?? 0),
    [Symbol.asyncDispose]: async () => {
      child.disconnect();
      await ended;
    },
  };
}

/** Source: proc_pid_stat(5): utime, stime, cutime and cstime in clock ticks, which Linux shows as hundredths of a second. */
async function readCpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).map(Number);
  return ticks.reduce((sum, part) => sum + part, 0) * 10;
}
