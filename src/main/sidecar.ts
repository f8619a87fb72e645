import { closeSync, openSync, writeSync } from "node:fs";
import { systemClock } from "../kernel/clock.ts";
import { adoptSecrets } from "../sidecar/environment.ts";
import { openLife } from "../sidecar/life.ts";
import {
  claimAddress,
  endStart,
  formatAddress,
  removeAddress,
} from "../sidecar/port-file.ts";
import type { Address } from "../sidecar/port-file.ts";
import { readEnviron, startOf } from "../sidecar/proc.ts";
import { listen } from "../sidecar/server.ts";
import { endChildren } from "../aws/children.ts";
import { settleProcess } from "./process.ts";
import { openAdmission } from "./sidecar-runs.ts";

declare const RUNDECK_SSM_VERSION: string;

/** How old what node_exporter reads may be. */
const metricsEveryMs = 15_000;

/**
 * The sidecar: `sidecar FOLDER SERVER-PID`, started by a client (`plugin/client.sh`) in a session of its own, with the Rundeck server's
 * environment. Its one line on stdout, its address, tells that client that it listens; others find it in the folder.
 */
async function main(): Promise<void> {
  const [folder = "", server = ""] = process.argv.slice(2);
  settleProcess(process);
  const { pid } = process;
  const end = async () => {
    await runs.allCancelled();
    clearInterval(measuring);
    runs.writeMetrics();
    removeAddress(folder, pid);
    endChildren(pid);
    process.exit();
  };
  const start = startOf(pid) ?? "";
  const serverPid = Number(server);
  adoptServerSecrets(serverPid);
  const runs = openAdmission(process.env, systemClock(), {
    version: RUNDECK_SSM_VERSION,
    pid,
    start,
    serverPid,
  });
  const measuring = setInterval(() => runs.writeMetrics("up"), metricsEveryMs);
  const listening = await listen({
    admit: (guest) => runs.admit(guest),
    answer: () => JSON.stringify(runs.status()),
    onStop: () => life.drain(),
    onClients: (count) => life.onClients(count),
  });
  const life = openLife(serverPid, {
    onDrain: () => {
      removeAddress(folder, pid);
      listening.close();
    },
    onEnd: () => void end(),
  });
  process.on("SIGTERM", () => life.drain());
  const { port, clientToken, serverToken } = listening;
  const address = { port, clientToken, serverToken, pid, start };
  const claimed = claimAddress(folder, address);
  endStart(folder);
  tellStarter(claimed);
  if (claimed !== address) process.exit();
}

/** Of another user's server, or none, nothing is known: whoever has other values than we have runs by itself. */
function adoptServerSecrets(serverPid: number): void {
  try {
    adoptSecrets(process.env, readEnviron(serverPid));
  } catch {
    return;
  }
}

/** The starter's pipe is given back at once; nobody's descriptor takes its number. */
function tellStarter(address: Address): void {
  try {
    writeSync(1, formatAddress(address));
  } catch {
    // it has ended meanwhile; the next one reads the file
  }
  closeSync(1);
  openSync("/dev/null", "w");
}

void main().catch(() => process.exit(70));
