import { readFileSync } from "node:fs";

/**
 * Ends what this process has started and what that has: a profile's credential_process that does not answer would go on for ever. It is
 * the only program that a run starts, by the SDK's hands. Source: proc(5), /proc/[pid]/task/[tid]/children
 */
export function endChildren(pid: number): void {
  for (const child of childrenOf(pid)) {
    endChildren(child);
    try {
      process.kill(child, "SIGKILL");
    } catch {
      // it has ended
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return []; // another system, or it has ended
  }
}
