import { readFileSync, readdirSync } from "node:fs";

/** Processes of this machine whose environment holds `text`: how a test finds what a command has left running. */
export function pidsWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1")
          .split("\0")
          .includes(text);
      } catch {
        // it has ended meanwhile
        return false;
      }
    });
}

/** The most that a process has had in memory; 0 of one that has ended. */
export function residentKb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0; // it has ended meanwhile
  }
}
