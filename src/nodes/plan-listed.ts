import * as z from "zod/mini";
import type { Details } from "../aws/details.ts";
import type { ListedNode } from "../aws/list-nodes.ts";
import { extend } from "../kernel/errors.ts";
import type { BridgeError } from "../kernel/errors.ts";
import { failureOf } from "./ask-scope.ts";
import type { Limits } from "./ask-scope.ts";
import { assignNodes } from "./assign-nodes.ts";
import type { NodeList } from "./assign-nodes.ts";
import type { ListPorts, OpenScope, Planner } from "./plan.ts";
import { allPages, openRepeat } from "./repeat.ts";
import { countNodes, explainKept } from "./report.ts";
import type { Scope } from "./scope.ts";

const details: z.ZodMiniType<Details> = z.record(
  z.string(),
  z.union([z.string(), z.lazy(() => details)]),
);

const listForm = z.object({
  account: z.string(),
  nodes: z.array(
    z.object({
      instanceId: z.string(),
      region: z.exactOptional(z.string()),
      account: z.exactOptional(z.string()),
      ping: z.string(),
      platform: z.string(),
      details,
    }),
  ),
});

/**
 * One list for all accounts and regions, by `ssm:ListNodes` in the home region; what else there is to know of its nodes is asked only
 * where it has some.
 */
export const planListed: Planner = async (places, ports, limits) => {
  const home: Scope = { region: places.homeRegion };
  const list = await readList(home, ports, limits);
  if (list.kind === "failed")
    return { parts: [{ ...list, scope: home }], open: ports.open };
  const { scopes, unreached } = assignNodes(list, places);
  if (unreached.size > 0) ports.note(explainUnreached(unreached));
  return {
    parts: [...scopes.keys()],
    open: (scope) => openListed(scope, scopes.get(scope) ?? [], ports.open),
  };
};

/** A scope whose nodes are known. */
function openListed(
  scope: Scope,
  nodes: readonly ListedNode[],
  open: OpenScope,
): ReturnType<OpenScope> {
  const opened = open(scope);
  const inventory = {
    ...opened.inventory,
    nodes: () => Promise.resolve({ nodes }),
  };
  return { ...opened, inventory };
}

type ReadList =
  ({ kind: "listed" } & NodeList) | { kind: "failed"; error: BridgeError };

/** The list as it is; else as it was when it was last told, with a note. */
async function readList(
  home: Scope,
  ports: ListPorts,
  limits: Limits,
): Promise<ReadList> {
  const { inventory, ec2, caller, subject } = ports.open(home);
  const call = { signal: limits.signal, subject };
  const repeat = openRepeat(ports, limits);
  const key = JSON.stringify(["list", home.region]);
  try {
    const pages = await allPages((token) =>
      repeat(() => inventory.listed(call, token)),
    );
    const { account } = await repeat(() => caller(call));
    const list = { account, nodes: pages.flatMap(({ nodes }) => nodes) };
    await ports.answers.keep(key, list);
    return { kind: "listed", ...list };
  } catch (cause) {
    const failure = failureOf(cause, home, limits);
    const error = extend(
      failure,
      `${failure.message}; set ${subject.setting("list-nodes")} to false to ask each region instead`,
    );
    const kept = await ports.answers.read(key, listForm);
    if (!kept) return { kind: "failed", error };
    const { answer, keptAtEpochMs } = kept;
    ports.note(explainKept({ error, nodes: answer.nodes, keptAtEpochMs }));
    return { kind: "listed", ...answer };
  } finally {
    inventory.close();
    ec2.close();
  }
}

function explainUnreached(unreached: ReadonlyMap<string, number>): string {
  const counts = [...unreached]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([account, count]) => `${countNodes(count)} of account ${account}`);
  return `left out, since role-arns has no role of their accounts: ${counts.join(", ")}`;
}
