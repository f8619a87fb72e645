import { readFile, readdir, readlink } from "node:fs/promises";
import { kill, pid as ownPid } from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** What tells a process of our nodes from all others of the machine. */
export type Traces = {
  /** The folder of all nodes: their commands' TMPDIR and working directory. */
  folder: string;
  commandIds: ReadonlySet<string>;
};

const rounds = 50;

/** Kills every process that commands left behind, those too that went into a group or session of their own. Returns when none is left. */
export async function reapProcesses(traces: Traces): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const pids = await findProcesses(traces);
    if (pids.length === 0) return;
    for (const pid of pids) end(pid);
    await delay(10);
  }
}

/** Ids of the living processes that our nodes' commands started. Zombies don't count: they show neither environment nor directory. */
export async function findProcesses(traces: Traces): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== ownPid);
  const found = await Promise.all(
    pids.map(async (pid) => ((await belongs(pid, traces)) ? [pid] : [])),
  );
  return found.flat();
}

/**
 * What Windows itself consists of, under Wine: the first command starts it, all nodes share it, and it ends after the last of
 * their processes.
 */
const windowsItself =
  /wineserver|\\(services|explorer|winedevice|plugplay|svchost|rpcss)\.exe/i;

async function belongs(pid: number, traces: Traces): Promise<boolean> {
  const program = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(
    () => "",
  );
  if (windowsItself.test(program.split("\0")[0] ?? "")) return false;
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(
    () => "",
  );
  if (environment.split("\0").some((entry) => isTrace(entry, traces)))
    return true;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  return cwd.startsWith(`${traces.folder}/`);
}

function isTrace(entry: string, { folder, commandIds }: Traces): boolean {
  return (
    entry.startsWith(`TMPDIR=${folder}/`) ||
    (entry.startsWith("SSM_COMMAND_ID=") && commandIds.has(entry.slice(15)))
  );
}

function end(pid: number): void {
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
