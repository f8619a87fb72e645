import { readdirSync, readFileSync } from "node:fs";

/** Processes of a run that are still there: the command's (by environment), the runner's own (by arguments). */
export function survivors(runId: string): { pid: number; program: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, "latin1");
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
        const isOurs =
          args.includes(runId) ||
          environment.includes(`RUNDECK_SSM_RUN=${runId}`);
        const program = args.split("\0")[0]?.split("/").at(-1) ?? "";
        return isOurs ? [{ pid: Number(pid), program }] : [];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}
