import { execFileSync } from "node:child_process";
import path from "node:path";
import { OutOfTime } from "../doctor/check.ts";
import type { Check } from "../doctor/check.ts";
import { nobody } from "../doctor/context.ts";
import { examine } from "../doctor/examine.ts";
import type { Patient } from "../doctor/examine.ts";
import type { Program } from "../doctor/program.ts";
import { adoptEnvironment, findServer, nameUser } from "../doctor/server.ts";
import type { Server } from "../doctor/server.ts";
import { layersOfStep, withServerUrl } from "../doctor/step.ts";
import { formatJson, formatStage, formatSum } from "../doctor/table.ts";
import { BridgeError, exitCodes } from "../kernel/errors.ts";
import { parseHost } from "../rundeck/environment.ts";
import type { Host, Service } from "../rundeck/host.ts";
import { quote } from "../settings/explain.ts";
import { openLayers } from "../settings/open-layers.ts";
import { findOption, layersFromOptions } from "../settings/options.ts";
import { askAll } from "../sidecar/ask.ts";
import type { Arguments, OptionKind } from "./arguments.ts";
import { commandLineHost } from "./cli-exec.ts";
import type { Ending } from "./exit.ts";
import { describeSubject } from "./run-executor.ts";
import type { Shell } from "./shell.ts";

/** What only the process itself knows. */
export type Self = {
  version: string;
  nodeVersion: string;
  nodePath: string;
  /** The bundle that runs. */
  file: string;
  hasColours: boolean;
};

export function kindOfDoctorOption(name: string): OptionKind {
  if (name === "run" || name === "json") return "flag";
  if (name === "instance") return "values";
  if (name === "server-pid") return "value";
  const setting = findOption(name);
  // several by one name, and not another one by a second
  return setting === undefined || setting === "instanceId"
    ? undefined
    : "value";
}

/** How long it may take where nothing runs on a node. */
const limitMs = 28_000;

/** `rundeck-ssm doctor [--instance ID]… [--run] [--json] [--server-pid PID] [settings]`: what works, what does not, and what to do. */
export async function doctorCommand(
  shell: Shell,
  { options, lists, words, rest }: Arguments,
  self: Self,
): Promise<Ending> {
  if (words.length > 0 || rest.length > 0)
    throw new BridgeError(
      "setting-missing",
      "write rundeck-ssm doctor [--instance ID]… [--run] [--json] [--server-pid PID] [settings]",
    );
  const server = findServer(parsePid(options.get("server-pid")));
  const differing = server?.environment
    ? adoptEnvironment(shell.environment, server.environment)
    : [];
  const instances = [...new Set(lists.get("instance") ?? [])];
  const settings = [...options].filter(([name]) => !own.has(name));
  const layersFor = (instanceId = nobody) => {
    const given = [...settings, ["instance", instanceId] as const];
    const { environment } = shell;
    return {
      executor: layersFromOptions("NodeExecutor", given, environment),
      copier: layersFromOptions("FileCopier", given, environment),
    };
  };
  return tell(
    shell,
    {
      ...commonOf(shell, commandLineHost("NodeExecutor", "")),
      program: await describeProgram(self, server, differing),
      layersFor,
      instances,
      trip: options.has("run") ? "run" : "skip",
    },
    {
      version: self.version,
      hasColours: self.hasColours,
      form: options.has("json") ? "json" : "table",
    },
  );
}

/** The node step `aws-ssm-doctor`, as Rundeck starts it: the node and its layers are in the environment, and so are the step's own fields. */
export async function doctorStep(
  shell: Shell,
  { options }: Arguments,
  self: Self,
): Promise<Ending> {
  const { environment, signal } = shell;
  const host = parseHost(environment, "WorkflowNodeStep");
  shell.nodeName = host.nodeName;
  const open = async (service: Service) => {
    const { layers, notes } = await openLayers(
      withServerUrl(environment),
      { ...host, service },
      signal,
    );
    return { layers: layersOfStep(layers), notes };
  };
  const executor = await open("NodeExecutor");
  const copier = await open("FileCopier");
  for (const note of executor.notes) shell.log.note(note);
  const server = findServer(parsePid(options.get("server-pid")));
  return tell(
    shell,
    {
      ...commonOf(shell, host),
      program: await describeProgram(self, server, []),
      layersFor: () => ({ executor: executor.layers, copier: copier.layers }),
      instances: [host.nodeName],
      trip: environment["RD_CONFIG_RUN"]?.trim() === "true" ? "run" : "skip",
    },
    { version: self.version, hasColours: false, form: "table" },
  );
}

const own = new Set(["run", "json", "server-pid"]);

function parsePid(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const server = /^[1-9]\d{0,9}$/.test(text)
    ? findServer(Number(text))
    : undefined;
  if (server) return server.pid;
  throw new BridgeError(
    "setting-invalid",
    `--server-pid is ${quote(text)}: it must be the process id of a Rundeck server on this machine`,
  );
}

function commonOf(shell: Shell, host: Host) {
  const { environment, clock, signal, openServices } = shell;
  return {
    host,
    environment,
    clock,
    signal,
    openServices,
    subjectOf: describeSubject,
  };
}

async function describeProgram(
  { version, nodeVersion, nodePath, file }: Self,
  server: Server | undefined,
  differing: readonly string[],
): Promise<Program> {
  const uid = process.getuid?.() ?? 0;
  return {
    version,
    nodeVersion,
    nodePath,
    bashVersion: askBash(),
    folder: path.dirname(file),
    user: { uid, name: nameUser(uid) },
    ...(server ? { server } : {}),
    differing,
    sidecars: await askAll(`/tmp/.rundeck-ssm-${uid}`, "status", server?.pid),
  };
}

/** The version of the bash that Rundeck would start. */
function askBash(): string {
  try {
    const script = 'printf %s "$BASH_VERSION"';
    return execFileSync("bash", ["-p", "-c", script], {
      encoding: "utf8",
      timeout: 2_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}

type Form = { version: string; hasColours: boolean; form: "table" | "json" };

async function tell(
  shell: Shell,
  patient: Patient,
  { version, hasColours, form }: Form,
): Promise<Ending> {
  const checks: Check[] = [];
  const write = (text: string) => shell.stdout.write(Buffer.from(text));
  const limited = limitTime(patient);
  for await (const stage of examine(limited)) {
    checks.push(...stage);
    if (form === "table") await write(formatStage(stage, { hasColours }));
  }
  await write(
    form === "json" ? formatJson(version, checks) : formatSum(checks),
  );
  const problem = checks.find((check) => check.state === "problem");
  return {
    exitCode: problem?.state === "problem" ? exitCodes[problem.code] : 0,
  };
}

/** A round trip takes what it takes. */
function limitTime(patient: Patient): Patient {
  if (patient.trip === "run") return patient;
  const { clock, signal } = patient;
  const ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort(signal.reason));
  clock
    .deadline(limitMs)
    .addEventListener("abort", () => ending.abort(new OutOfTime()));
  return { ...patient, signal: ending.signal };
}
