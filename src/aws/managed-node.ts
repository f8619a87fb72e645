import type { Details } from "./details.ts";

export type ManagedNode = {
  instanceId: string;
  /** Online, ConnectionLost, Inactive. */
  ping: string;
  /** Linux, Windows, MacOS. */
  platform: string;
  /** Everything that SSM tells of it, by the names of its API: `computerName`, `agentVersion`. */
  details: Details;
};
