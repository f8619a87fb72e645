import { readCaller } from "../aws/caller.ts";
import type { Call } from "../aws/companions.ts";
import { openEc2 } from "../aws/ec2.ts";
import type { Ec2 } from "../aws/ec2.ts";
import { openInventory } from "../aws/inventory.ts";
import type { Inventory } from "../aws/inventory.ts";
import type { Clock } from "../kernel/clock.ts";
import { openClients } from "./clients.ts";
import type { RegionAsker } from "./clients.ts";

/** What knows the nodes of a region. */
export type RegionServices = {
  inventory: Inventory;
  ec2: Ec2;
  /** Whose the credentials are. */
  caller: (call: Call) => Promise<{ account: string }>;
};

/** Opens regions for one identity, whose credentials are fetched once for all of them. */
export function openInventories(
  asker: RegionAsker,
  clock: Clock,
): (region: string) => RegionServices {
  const open = openClients(asker, clock);
  return (region) => ({
    inventory: openInventory({ ...open("ssm"), region }, clock),
    ec2: openEc2({ ...open("ec2"), region }, clock),
    caller: (call) =>
      readCaller(
        { ...open("sts"), region: asker.settings.stsRegion ?? region },
        clock,
        call,
      ),
  });
}
