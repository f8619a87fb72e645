import { readFile, readdir } from "node:fs/promises";

/** This machine's processes whose command line holds `marker`. */
export async function processesWith(
  marker: string,
): Promise<{ pid: number; line: string }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // a process that has just ended has no command line
      const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(
        () => "",
      );
      return { pid: Number(pid), line: words.replaceAll("\0", " ").trim() };
    }),
  );
  return found.filter(({ line }) => line.includes(marker));
}

/** Their command lines alone. */
export async function commandLines(marker: string): Promise<string[]> {
  return (await processesWith(marker)).map(({ line }) => line);
}
