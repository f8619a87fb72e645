import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Host } from "../rundeck/host.ts";
import { openClients } from "../services/clients.ts";
import type { OpenServices } from "../services/services.ts";
import type { NodeSettings } from "../settings/settings.ts";
import type { Check, StageName } from "./check.ts";
import type { Context, Known, Party, Stage } from "./context.ts";
import { checkCredentials } from "./credentials.ts";
import { checkNetwork } from "./network.ts";
import { checkNode } from "./node/node.ts";
import { checkPermissions } from "./permissions/permissions.ts";
import { checkProgram } from "./program.ts";
import type { Program } from "./program.ts";
import { checkTrip } from "./trip/trip.ts";
import { checkSettings } from "./settings.ts";
import type { BothLayers, BothSettings } from "./settings.ts";

/** What the doctor looks at. */
export type Patient = {
  program: Program;
  /** The settings' layers for a node; without one, for `nobody`. */
  layersFor: (instanceId: string | undefined) => BothLayers;
  /** Nodes by their ids; none: the stages about a node are skipped. */
  instances: readonly string[];
  /** Whether something may run on the nodes. */
  trip: "run" | "skip";
  host: Host;
  environment: Environment;
  clock: Clock;
  signal: AbortSignal;
  openServices: OpenServices;
  subjectOf: (settings: NodeSettings) => Subject;
};

/** The stages, from inside out, each when it is done. */
export async function* examine(patient: Patient): AsyncGenerator<Check[]> {
  yield checkProgram(patient.program);
  const known: Known = { lacks: new Map() };
  const [first, ...others] = patient.instances;
  const { checks, settings } = readSettings(patient, first, known);
  yield checks;
  const context = openContext(patient, settings, known);
  if (!context) {
    const by = (wanted: string) =>
      checks.findLast(({ state }) => state === wanted);
    const cause = by("problem") ?? by("unknown");
    const says = `not tried: see settings: ${cause?.name ?? ""}`;
    for (const { stage } of stages) yield [skipped(stage, says)];
    return;
  }
  for (const { check } of shared) yield await check(context);
  if (first === undefined) {
    for (const { stage } of ofNode)
      yield [skipped(stage, "no node was named: name one by --instance ID")];
    return;
  }
  const contexts = others.flatMap((instanceId) => {
    const fresh: Known = { ...known, lacks: new Map(known.lacks) };
    const read = readSettings(patient, instanceId, fresh);
    return openContext(patient, read.settings, fresh) ?? [];
  });
  for (const one of [context, ...contexts])
    for (const { stage, check } of ofNode)
      yield stage === "trip" && patient.trip === "skip"
        ? [skipped(stage, "only with --run: it runs a command on the node")]
        : nameNode(await check(one), one, patient);
}

const shared: readonly { stage: StageName; check: Stage }[] = [
  { stage: "network", check: checkNetwork },
  { stage: "credentials", check: checkCredentials },
  { stage: "permissions", check: checkPermissions },
];
const ofNode: readonly { stage: StageName; check: Stage }[] = [
  { stage: "node", check: checkNode },
  { stage: "trip", check: checkTrip },
];
const stages = [...shared, ...ofNode];

function skipped(stage: StageName, says: string): Check {
  return { stage, name: stage, state: "skipped", says };
}

/** Of several nodes each check tells whose it is. */
function nameNode(
  checks: readonly Check[],
  { executor }: Context,
  { instances }: Patient,
): Check[] {
  const prefix = instances.length > 1 ? `${executor.settings.instanceId} ` : "";
  return checks.map((check) => ({ ...check, name: `${prefix}${check.name}` }));
}

function readSettings(
  { layersFor, environment, subjectOf }: Patient,
  instanceId: string | undefined,
  { lacks }: Known,
) {
  return checkSettings(layersFor(instanceId), {
    environment,
    lacks,
    subjectOf,
  });
}

function openContext(
  patient: Patient,
  { executor, copier }: BothSettings,
  known: Known,
): Context | undefined {
  if (!executor) return undefined;
  const { host, environment, clock, signal } = patient;
  return {
    executor: openParty(patient, executor),
    ...(copier ? { copier: openParty(patient, copier) } : {}),
    host,
    environment,
    clock,
    signal,
    known,
  };
}

function openParty<S extends NodeSettings>(
  { host, environment, clock, openServices, subjectOf }: Patient,
  settings: S,
): Party<S> {
  const subject = subjectOf(settings);
  const { execution } = host;
  const asker = { settings, execution, environment, subject };
  return {
    settings,
    subject,
    openClient: openClients(asker, clock),
    services: openServices(asker, clock),
  };
}
