import * as z from "zod/mini";
import { retry, silenceLimitMs } from "../exec/retry.ts";
import { allEnded } from "./all-ended.ts";
import { failureOf } from "./ask-scope.ts";
import type { Limits, ScopeAnswer } from "./ask-scope.ts";
import type { ListPorts, Places, Planner } from "./plan.ts";
import type { Scope } from "./scope.ts";

/** Every role asks in every region: those that are named, or that its account may use. */
export const planRegions: Planner = async (places, ports, limits) => {
  const roles = places.roleArns.length > 0 ? places.roleArns : [undefined];
  const listed = await allEnded(
    roles.map((roleArn) => listScopes(roleArn, places, ports, limits)),
  );
  return { parts: listed.flat(), open: ports.open };
};

/** The scopes of one identity; what becomes of it where its regions can't be asked. */
async function listScopes(
  roleArn: string | undefined,
  { regions, homeRegion }: Places,
  ports: ListPorts,
  limits: Limits,
): Promise<(Scope | ScopeAnswer)[]> {
  const role = roleArn === undefined ? {} : { roleArn };
  const inRegions = (names: readonly string[]) =>
    names.map((region) => ({ region, ...role }));
  if (regions !== "all") return inRegions(regions);
  const home: Scope = { region: homeRegion, ...role };
  const { inventory, ec2, subject } = ports.open(home);
  const key = JSON.stringify(["regions", roleArn ?? null]);
  const { signal, untilEpochMs } = limits;
  const patience = { silenceMs: silenceLimitMs, untilEpochMs };
  try {
    const found = await retry(ports, patience, signal, () =>
      ec2.regions({ signal, subject }),
    );
    await ports.answers.keep(key, found);
    return inRegions(found);
  } catch (cause) {
    const error = failureOf(cause, home, limits);
    const kept = await ports.answers.read(key, z.array(z.string()));
    if (!kept) return [{ kind: "failed", scope: home, error }];
    ports.note(`${error.message}; the regions are those of the last answer`);
    return inRegions(kept.answer);
  } finally {
    inventory.close();
    ec2.close();
  }
}
