import { readFile, readdir } from "node:fs/promises";

/** Command lines of this machine's processes that hold `marker`. */
export async function commandLines(marker: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) =>
      // a process that has just ended has no command line
      readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
    ),
  );
  return lines
    .map((line) => line.replaceAll("\0", " ").trim())
    .filter((line) => line.includes(marker));
}
