import { cellsOf, type Fault } from "../support/faults/cell.ts";
import { callFaults, deniedFaults } from "./table/calls.ts";
import { clockFaults } from "./table/clocks.ts";
import { credentialFaults } from "./table/credentials.ts";
import { networkFaults } from "./table/network.ts";
import { nodeFaults } from "./table/nodes.ts";
import { roleFaults } from "./table/roles.ts";
import { serverFaults } from "./table/server.ts";
import { signalFaults } from "./table/signals.ts";
import { storageFaults } from "./table/storage.ts";

/** Everything that goes wrong, by subject. */
export const chapters: { title: string; faults: Fault[] }[] = [
  { title: "Calls to AWS", faults: callFaults },
  { title: "AWS stays away, or refuses", faults: deniedFaults },
  { title: "Credentials", faults: credentialFaults },
  { title: "Roles", faults: roleFaults },
  { title: "Clocks", faults: clockFaults },
  { title: "Network", faults: networkFaults },
  { title: "Nodes", faults: nodeFaults },
  { title: "Buckets and log groups", faults: storageFaults },
  { title: "Killed jobs", faults: signalFaults },
  { title: "The Rundeck server", faults: serverFaults },
];

export const cells = cellsOf(chapters.flatMap(({ faults }) => faults));
