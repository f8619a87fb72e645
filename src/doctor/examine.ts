import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Host } from "../rundeck/host.ts";
import { openClients } from "../services/clients.ts";
import type { OpenServices } from "../services/services.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { findingOfFailure } from "./check.ts";
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
  const [id, ...others] = patient.instances;
  const first = openNode(patient, id, known);
  const opened = [first, ...others.map((it) => openNode(patient, it, known))];
  const told = opened.find(({ context }) => context) ?? first;
  const nodes = opened.map((node) =>
    node === told ? node : tellNews(node, told.checks, patient),
  );
  yield nodes.flatMap(({ checks }) => checks);
  if (!told.context) {
    for (const { stage } of stages) yield [untried(stage, told)];
    return;
  }
  for (const { check } of shared) yield await check(told.context);
  for (const node of nodes) {
    const own = { ...known, lacks: new Map(known.lacks) };
    for (const one of ofNode) yield await examineNode(one, node, own, patient);
  }
}

/** A node's settings, and what it is asked by; absent where they are wrong. */
type OpenedNode = {
  instanceId: string | undefined;
  checks: Check[];
  context?: Context;
};

function openNode(
  patient: Patient,
  instanceId: string | undefined,
  known: Known,
): OpenedNode {
  const { checks, settings } = readSettings(patient, instanceId, known);
  try {
    const context = openContext(patient, settings, known);
    return { instanceId, checks, ...(context ? { context } : {}) };
  } catch (error) {
    // what the environment names, such as a file of certificates, is wrong
    const found = findingOfFailure(error);
    const check = { stage: "settings", name: "environment", ...found } as const;
    return { instanceId, checks: [...checks, check] };
  }
}

/** Of one node the settings are told in full; of another nothing that is as it should be, or is told of that one. */
function tellNews(
  node: OpenedNode,
  others: readonly Check[],
  patient: Patient,
): OpenedNode {
  const news = node.checks.filter(
    ({ state, says }) =>
      state !== "ok" && !others.some((other) => other.says === says),
  );
  return { ...node, checks: nameNode(news, node, patient) };
}

async function examineNode(
  { stage, check }: { stage: StageName; check: Stage },
  node: OpenedNode,
  known: Known,
  patient: Patient,
): Promise<Check[]> {
  const { instanceId, context } = node;
  if (instanceId === undefined)
    return [skipped(stage, "no node was named: name one by --instance ID")];
  if (!context) return nameNode([untried(stage, node)], node, patient);
  if (stage === "trip" && patient.trip === "skip")
    return [skipped(stage, "only with --run: it runs a command on the node")];
  return nameNode(await check({ ...context, known }), node, patient);
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

/** By the settings that keep a node from being asked. */
function untried(stage: StageName, { checks }: OpenedNode): Check {
  const by = (wanted: string) =>
    checks.findLast(({ state }) => state === wanted);
  const cause = by("problem") ?? by("unknown");
  return skipped(stage, `not tried: see settings: ${cause?.name ?? ""}`);
}

/** Of several nodes each check tells whose it is. */
function nameNode(
  checks: readonly Check[],
  { instanceId }: OpenedNode,
  { instances }: Patient,
): Check[] {
  const prefix = instances.length > 1 ? `${instanceId} ` : "";
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
