import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Where the sidecars of this user are. */
const base = `/tmp/.rundeck-ssm-${process.getuid?.() ?? 0}`;

export type FoundSidecar = {
  folder: string;
  port: number;
  clientToken: string;
  serverToken: string;
  pid: number;
};

/** The sidecar of executions that this very process has started, as their server; undefined where there is none. */
export function findSidecar(): FoundSidecar | undefined {
  const suffix = `-${process.pid}`;
  const names = list(base).filter((name) => name.endsWith(suffix));
  for (const name of names) {
    const folder = path.join(base, name);
    if (!list(folder).includes("port")) continue;
    const text = readFileSync(path.join(folder, "port"), "utf8");
    const [port, clientToken = "", serverToken = "", pid] = text.split(" ");
    if (!isAlive(Number(pid))) continue;
    return {
      folder,
      port: Number(port),
      clientToken,
      serverToken,
      pid: Number(pid),
    };
  }
  return undefined;
}

/** The same, which has to be there. */
export function theSidecar(): FoundSidecar {
  const found = findSidecar();
  if (!found) throw new Error("no sidecar was found");
  return found;
}

/** The process that does the work of executions that this one has started: their sidecar, or else the plugin's own. */
export function workerOf(plugin: { pid: number }): number {
  return findSidecar()?.pid ?? plugin.pid;
}

/** Ends it, and waits until it is gone. */
export async function endSidecar(
  signal: "SIGKILL" | "SIGTERM" = "SIGKILL",
): Promise<void> {
  const found = findSidecar();
  if (!found) return;
  process.kill(found.pid, signal);
  while (isAlive(found.pid)) await delay(10);
  // one that answered too late may be in it
  rmSync(`${found.folder}.failed`, { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** What it answers to one line, until it closes the connection. */
export function ask(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${line}\n`));
    let text = "";
    socket.on("data", (bytes) => (text += String(bytes)));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

export function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
