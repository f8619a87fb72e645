import { readdirSync } from "node:fs";
import path from "node:path";
import { readCertificates } from "../aws/certificates.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Log } from "../kernel/log.ts";
import type { Asker } from "../services/clients.ts";
import type { Sink } from "../output/sink.ts";
import type { OpenServices } from "../services/services.ts";
import { countCalls, tellLimits } from "../sidecar/calls.ts";
import { openLedger } from "../sidecar/ledger.ts";
import type { LedgerEntry } from "../sidecar/ledger.ts";
import { openLimiter } from "../sidecar/limiter/limiter.ts";
import { openMetricsFiles } from "../sidecar/metrics-files.ts";
import type { MetricsFiles } from "../sidecar/metrics-files.ts";
import { formatMetrics } from "../sidecar/metrics.ts";
import type { Status } from "../sidecar/status.ts";
import { shareServices } from "../sidecar/services.ts";
import type { Lease } from "../sidecar/services.ts";
import { importServerEnvironment } from "../sidecar/client-environment.ts";
import { DirectWanted } from "../sidecar/direct.ts";
import { differs, differsForSources } from "../sidecar/environment.ts";
import {
  ownerOf,
  parentOf,
  readEnviron,
  workingFolderOf,
} from "../sidecar/proc.ts";
import type { Guest } from "../sidecar/server.ts";
import type { Client, Work } from "../sidecar/session.ts";
import { endOfPatience } from "../exec/signals.ts";
import { copier, executor } from "./entries.ts";
import { openLog } from "./log.ts";
import { runEntry } from "./shell.ts";

const entries = { exec: executor, copy: copier };

/** Which sidecar this is. */
type Identity = {
  version: string;
  pid: number;
  start: string;
  serverPid: number;
};

/** The executions of a sidecar: each with its own client's environment, all by the same services. */
export function openAdmission(
  own: NodeJS.ProcessEnv,
  clock: Clock,
  identity: Identity,
) {
  const ledger = openLedger();
  const limiter = openLimiter(clock);
  const shared = shareServices({ clock, random: Math.random, limiter });
  const status = (): Status => ({
    version: identity.version,
    pid: identity.pid,
    serverPid: identity.serverPid,
    ...measureProcess(),
    runs: ledger.total(),
    projects: ledger.byProject(),
    nodes: ledger.nodes(),
    identities: shared.count(),
    calls: countCalls(shared.asked(), limiter.status()),
    limits: tellLimits(limiter.status()),
  });
  let isUp = true;
  const files = openMetricsFiles(identity, () =>
    formatMetrics([{ status: status(), isUp }]),
  );
  const openShared =
    (lease: Lease, entry: LedgerEntry): OpenServices =>
    (asker, time) => {
      if (asker.settings.sidecar === "off" || needsOwnProcess(asker, own))
        throw new DirectWanted();
      entry.turnTo(asker.settings.instanceId);
      return lease.openServices(asker, time);
    };
  return {
    admit: (guest: Guest): Work | undefined => {
      const environment = environmentOf(guest);
      if (environment === undefined) return undefined;
      return async (client: Client) => {
        const entry = ledger.begin(environment["RD_RUNDECK_PROJECT"] ?? "");
        const lease = shared.lease(client.signal);
        let end: number | "direct" = "direct";
        try {
          const ports = { clock, openShared: openShared(lease, entry), files };
          end = await run(guest.kind, environment, client, ports);
          return end;
        } finally {
          lease.release();
          entry.end(endOf(end, client.signal));
        }
      };
    },
    status,
    /** Runs end before their cancels have had their turn where AWS refuses for the rate. */
    allCancelled: () => shared.allCancelled(),
    /** "up" while we serve; what is written at the end says that we don't. */
    writeMetrics: (state?: "up") => {
      isUp = state === "up";
      files.write();
    },
  };
}

function endOf(end: number | "direct", { aborted }: AbortSignal) {
  if (end === "direct") return end;
  return aborted ? "killed" : "done";
}

function measureProcess() {
  const { user, system } = process.cpuUsage();
  return {
    uptimeSeconds: Math.round(process.uptime()),
    cpuSeconds: Math.round((user + system) / 10_000) / 100,
    memoryBytes: process.memoryUsage.rss(),
    descriptors: readdirSync("/proc/self/fd").length,
  };
}

async function run(
  kind: Guest["kind"],
  environment: NodeJS.ProcessEnv,
  { stdout, stderr, signal, isThere, trace }: Client,
  {
    clock,
    openShared,
    files,
  }: { clock: Clock; openShared: OpenServices; files: MetricsFiles },
): Promise<number | "direct"> {
  const lines = holdLines(stderr);
  const log = openLog((line) => void lines.sink.writeLine(line));
  try {
    return await runEntry(entries[kind], {
      clock,
      environment,
      log,
      stdout,
      stderr: lines.sink,
      signal,
      last: endOfPatience({ clock }, signal, isThere),
      trace,
      openServices: (asker, time) => {
        const services = openShared(asker, time);
        lines.release();
        measureFor(asker, files, log);
        return services;
      },
      nodeName: "",
    });
  } catch (error) {
    if (!(error instanceof DirectWanted)) throw error;
    lines.drop();
    return "direct";
  } finally {
    lines.release();
  }
}

/** Of many runs with one file that can't be written, the first says so. */
function measureFor(
  { settings, subject }: Asker,
  files: MetricsFiles,
  log: Log,
): void {
  const { metricsFile } = settings;
  if (metricsFile === undefined) return;
  const problem = files.use(metricsFile);
  if (problem !== undefined)
    log.note(
      `the sidecar can't write the file of ${subject.setting("ssm-metrics-file")}: ${problem}`,
    );
}

/** What is said before it is certain that the run is ours would be said again by a process of its own. */
function holdLines(sink: Sink): {
  sink: Sink;
  release(): void;
  drop(): void;
} {
  let held: string[] | undefined = [];
  return {
    sink: {
      ...sink,
      writeLine: async (text) => {
        if (held) held.push(text);
        else await sink.writeLine(text);
      },
    },
    release: () => {
      const lines = held ?? [];
      held = undefined;
      for (const line of lines) void sink.writeLine(line);
    },
    drop: () => {
      held = undefined;
    },
  };
}

/** What the client would have handed to a process of its own; undefined where it is not ours to read, or holds what Node reads at its start alone. */
function environmentOf({ pid, kind }: Guest): NodeJS.ProcessEnv | undefined {
  try {
    if (ownerOf(pid) !== process.getuid?.()) return undefined;
    const family = { environ: readEnviron, parent: parentOf };
    const environment = importServerEnvironment(pid, family);
    if (!isReadable(environment.get("NODE_EXTRA_CA_CERTS"))) return undefined;
    if (kind === "copy") settleFile(environment, pid);
    return Object.fromEntries(environment);
  } catch {
    return undefined;
  }
}

/** A file that holds no certificate is worth a note, which the client's own entry gives. */
function isReadable(certificates: string | undefined): boolean {
  return (
    !certificates ||
    /-----BEGIN .*CERTIFICATE-----/.test(readCertificates(certificates))
  );
}

/** A relative path is meant from the client's folder. */
function settleFile(environment: Map<string, string>, pid: number): void {
  const file = environment.get("RD_FILE_COPY_FILE");
  if (file && !path.isAbsolute(file))
    environment.set(
      "RD_FILE_COPY_FILE",
      path.resolve(workingFolderOf(pid), file),
    );
}

/** Fixed keys need nothing of the process; whatever else gives credentials reads its environment. */
function needsOwnProcess(
  { settings, execution, environment }: Asker,
  own: NodeJS.ProcessEnv,
): boolean {
  const { source } = chooseCredentials(settings.credentials, execution);
  const isFixed =
    source.kind === "keys" ||
    (source.kind === "default" &&
      Boolean(environment["AWS_ACCESS_KEY_ID"]) &&
      Boolean(environment["AWS_SECRET_ACCESS_KEY"]) &&
      !environment["AWS_PROFILE"]);
  return isFixed
    ? differs(environment, own)
    : differsForSources(environment, own);
}
