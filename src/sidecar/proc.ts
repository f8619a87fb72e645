import { readFileSync, readlinkSync, statSync } from "node:fs";

/** What Linux tells of a process of our own user. Source: proc(5). */

/** Throws where there is none, or it is another user's. */
export function readEnviron(pid: number): Map<string, string> {
  const text = readFileSync(`/proc/${pid}/environ`, "utf8");
  const entries = text.split("\0").filter((entry) => entry.includes("="));
  return new Map(
    entries.map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

export function ownerOf(pid: number): number {
  return statSync(`/proc/${pid}`).uid;
}

export function parentOf(pid: number): number {
  return Number(statFields(pid)[1]);
}

/**
 * When a process began, in ticks since the boot: with its number it is told from every other of that number. Undefined: it is gone, or dead
 * and only not reaped, as for ever in a container whose first process reaps nobody.
 */
export function startOf(pid: number): string | undefined {
  try {
    const fields = statFields(pid);
    return /[ZX]/.test(fields[0] ?? "") ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** By SIGSTOP, or a debugger. */
export function isStopped(pid: number): boolean {
  try {
    return /[Tt]/.test(statFields(pid)[0] ?? "");
  } catch {
    return false; // it is gone
  }
}

/** From the state on, which follows the name in brackets. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

export function workingFolderOf(pid: number): string {
  return readlinkSync(`/proc/${pid}/cwd`);
}
