import { consoleOf } from "../kernel/partition.ts";

/** A node's page in AWS's console, if that is known: Fleet Manager's, which has both kinds of nodes. */
export function consoleUrl(
  region: string,
  instanceId: string,
): string | undefined {
  const console = consoleOf(region);
  return console === undefined
    ? undefined
    : `${console}/systems-manager/fleet-manager/managed-nodes/${instanceId}/general?region=${region}`;
}
