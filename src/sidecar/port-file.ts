import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { startOf } from "./proc.ts";

/** How a sidecar is found, and known: written for its own user alone, read by clients (`plugin/client.sh`) and by `rundeck-ssm sidecar`. */
export type Address = {
  port: number;
  /** What a client has to say. */
  clientToken: string;
  /** What only the sidecar can answer. */
  serverToken: string;
  pid: number;
  /** When that process began (`startOf`): a number alone may have become another's. */
  start: string;
};

const name = "port";

/** The one line that tells it, in the file and to whoever has started the sidecar. */
export function formatAddress({
  port,
  clientToken,
  serverToken,
  pid,
  start,
}: Address): string {
  return `${port} ${clientToken} ${serverToken} ${pid} ${start}\n`;
}

/**
 * Makes `address` the one that clients find. Of two sidecars that were started at once the first stays: its address is answered, and the
 * other one is not needed. The address of one that has died is replaced.
 */
export function claimAddress(folder: string, address: Address): Address {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = path.join(folder, `${name}.${address.pid}`);
  // never through something that lies there already
  rmSync(own, { force: true });
  writeFileSync(own, formatAddress(address), { flag: "wx", mode: 0o600 });
  try {
    for (;;) {
      const other = readAddress(folder);
      if (other && startOf(other.pid) === other.start) return other;
      rmSync(path.join(folder, name), { force: true });
      if (mayLink(own, path.join(folder, name))) return address;
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** False where somebody was quicker. */
function mayLink(file: string, link: string): boolean {
  try {
    linkSync(file, link);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      return false;
    throw error;
  }
}

/** Undefined: there is none, or it is not the work of a sidecar of ours. */
export function readAddress(folder: string): Address | undefined {
  const file = path.join(folder, name);
  try {
    const found = lstatSync(file);
    if (!found.isFile() || found.uid !== process.getuid?.()) return undefined;
    const words = readFileSync(file, "latin1").trimEnd().split(" ");
    const [port, clientToken = "", serverToken = "", pid, start = ""] = words;
    if (words.length !== 5) return undefined;
    return {
      port: Number(port),
      clientToken,
      serverToken,
      pid: Number(pid),
      start,
    };
  } catch {
    return undefined;
  }
}

/** Lets others start one, should there be none: the client that has started us was the only one to. */
export function endStart(folder: string): void {
  rmSync(`${folder}.starting`, { force: true });
}

/** Takes our own away, and what clients have left beside it; another sidecar's stays. */
export function removeAddress(folder: string, pid: number): void {
  if (readAddress(folder)?.pid !== pid) return;
  for (const each of [folder, `${folder}.failed`])
    rmSync(each, { recursive: true, force: true });
}
