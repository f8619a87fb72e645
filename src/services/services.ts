import type { BucketOptions } from "../aws/bucket.ts";
import type { Logs } from "../aws/logs.ts";
import type { Objects } from "../aws/objects.ts";
import { openSsm } from "../aws/open-ssm.ts";
import type { Ssm } from "../aws/ssm.ts";
import type { Clock } from "../kernel/clock.ts";
import { openClients } from "./clients.ts";
import type { Asker, ClientOpener } from "./clients.ts";

/** What a run reaches AWS by. Nothing is sent, or loaded, before it is needed. */
export type Services = {
  ssm: Ssm;
  openLogs: () => Promise<Logs>;
  openObjects: (options: BucketOptions) => Promise<Objects>;
  /** Who asks AWS, as far as that is known without asking. */
  describeCaller: () => string;
};

/** How a run comes by its services: its own, or those that it shares with others. */
export type OpenServices = (asker: Asker, clock: Clock) => Services;

/** Services of one run alone. */
export const openServices: OpenServices = (asker, clock) =>
  servicesOf(openClients(asker, clock), clock);

export function servicesOf(open: ClientOpener, clock: Clock): Services {
  const ssm = open("ssm");
  return {
    ssm: openSsm(ssm, clock),
    describeCaller: () => ssm.credentials.describe(),
    openLogs: async () => {
      const { openLogs } = await import("../aws/logs.ts");
      return openLogs(open("logs"), clock);
    },
    openObjects: async (options) => {
      const { openObjects } = await import("../aws/objects.ts");
      return openObjects(open("s3"), options, clock);
    },
  };
}
