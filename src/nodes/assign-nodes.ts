import type { ListedNode } from "../aws/list-nodes.ts";
import type { Places } from "./plan.ts";
import { accountOfRole } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** The nodes that the credentials of `account` were told of. */
export type NodeList = { account: string; nodes: readonly ListedNode[] };

export type Assigned = {
  scopes: ReadonlyMap<Scope, readonly ListedNode[]>;
  /** How many nodes there are in an account that nobody here may act in. */
  unreached: ReadonlyMap<string, number>;
};

/** By whom each node of the regions is reached: the first role of its account; in the asker's own account the credentials themselves, too. */
export function assignNodes(
  { account: own, nodes }: NodeList,
  { regions, homeRegion, roleArns }: Places,
): Assigned {
  const roles = new Map(
    roleArns.toReversed().map((roleArn) => [accountOfRole(roleArn), roleArn]),
  );
  const scopes = new Map<string, [Scope, ListedNode[]]>();
  const unreached = new Map<string, number>();
  for (const node of nodes) {
    const { region = homeRegion, account = own } = node;
    if (regions !== "all" && !regions.includes(region)) continue;
    const roleArn = roles.get(account);
    if (roleArn === undefined && account !== own) {
      unreached.set(account, (unreached.get(account) ?? 0) + 1);
      continue;
    }
    const role = roleArn === undefined ? {} : { roleArn };
    const key = `${region} ${account}`;
    const [scope, found] = scopes.get(key) ?? [{ region, ...role }, []];
    found.push({ ...node, details: { ...node.details, account } });
    scopes.set(key, [scope, found]);
  }
  const inOrder = [...scopes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { scopes: new Map(inOrder.map(([, entry]) => entry)), unreached };
}
