import { openEc2 } from "../../aws/ec2.ts";
import type { Call } from "../../aws/companions.ts";
import { openRegistrations } from "../../aws/registrations.ts";
import { BridgeError } from "../../kernel/errors.ts";
import type { NodeSettings } from "../../settings/settings.ts";
import type { Context, Party } from "../context.ts";
import { limitOf } from "../probe.ts";
import { otherRegions } from "./regions.ts";
import type { Machine, Sighting } from "./sighting.ts";

/** Looks for a node that Systems Manager does not have, or has lost, for so long at most. */
const lookLimitMs = 8_000;
/** So many regions are asked at once. */
const atOnce = 6;

type Place = Context & { party: Party<NodeSettings>; call: Call };

/** Asks EC2, and other regions where it is not in its own. Never throws for what AWS does not tell. */
export async function lookFor(
  context: Context,
  party: Party<NodeSettings>,
): Promise<Sighting> {
  const { known } = context;
  const signal = limitOf(context, lookLimitMs);
  const call = { signal, subject: party.subject };
  const place = { ...context, party, call };
  const { instanceId, region } = party.settings;
  const [machine, hostManagement] = await Promise.all([
    isHybrid(instanceId) ? ("hybrid" as const) : askEc2(place, region),
    askHostManagement(place),
  ]);
  const isHere = typeof machine === "object";
  const others = isHere ? { askedRegions: [] } : await askOthers(place);
  return {
    instanceId,
    region,
    account: known.caller?.account,
    machine,
    hostManagement,
    ...others,
  };
}

async function askEc2(
  { party, call, clock }: Place,
  region: string,
): Promise<Machine | "absent" | "untold"> {
  const ec2 = openEc2({ ...party.openClient("ec2"), region }, clock);
  const { instanceId } = party.settings;
  try {
    const filter = { name: "instance-id", values: [instanceId] };
    const { machines } = await ec2.machines([filter], call);
    return machines.find((it) => it.instanceId === instanceId) ?? "absent";
  } catch (error) {
    return untold(error, call);
  } finally {
    ec2.close();
  }
}

async function askHostManagement({ party, call, clock }: Place) {
  const registrations = openRegistrations(party.openClient("ssm"), clock);
  try {
    const role = await registrations.hostManagementRole(call);
    return role === undefined ? ("none" as const) : { role };
  } catch (error) {
    return untold(error, call);
  } finally {
    registrations.close();
  }
}

/** The first other region that has the node. Those that don't answer, or refuse us, are not among the asked. */
async function askOthers(
  place: Place,
): Promise<Pick<Sighting, "elsewhere" | "askedRegions">> {
  const left = [...otherRegions(place.party.settings.region)];
  const askedRegions: string[] = [];
  let elsewhere: Sighting["elsewhere"];
  const work = async () => {
    for (;;) {
      const region = left.shift();
      if (region === undefined || elsewhere || place.call.signal.aborted)
        return;
      const state = await askRegion(place, region);
      if (state === "untold") continue;
      askedRegions.push(region);
      if (state !== "absent") elsewhere ??= { region, state };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { askedRegions, ...(elsewhere ? { elsewhere } : {}) };
}

/** Systems Manager's word for its nodes, else EC2's for its machines. */
async function askRegion(place: Place, region: string): Promise<string> {
  const { party, call, clock } = place;
  const { instanceId } = party.settings;
  const options = { ...party.openClient("ssm"), region };
  const registrations = openRegistrations(options, clock);
  const askSsm = async () => {
    const found = await registrations.find(instanceId, call);
    return found?.ping ?? ("absent" as const);
  };
  const [ping, machine] = await Promise.all([
    askSsm().catch((error: unknown) => untold(error, call)),
    isHybrid(instanceId) ? "absent" : askEc2(place, region),
  ]).finally(() => registrations.close());
  if (ping !== "absent" && ping !== "untold") return ping;
  return typeof machine === "object" ? machine.state : ping;
}

function isHybrid(instanceId: string): boolean {
  return instanceId.startsWith("mi-");
}

function untold(error: unknown, { signal }: Call): "untold" {
  if (!(error instanceof BridgeError) && !signal.aborted) throw error;
  return "untold";
}
