import { randomBytes } from "node:crypto";
import type { BucketOptions } from "../aws/bucket.ts";
import type { Requester } from "../aws/companions.ts";
import type { Logs } from "../aws/logs.ts";
import type { Objects } from "../aws/objects.ts";
import { openRunCommand } from "../aws/run-command.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import type { Clock } from "../kernel/clock.ts";
import { openClients } from "../services/clients.ts";
import type { Asker, ClientOpener } from "../services/clients.ts";
import type { OpenServices, Services } from "../services/services.ts";
import { accountOf } from "./account.ts";
import { fingerprint, ownVariables } from "./fingerprint.ts";
import type { Limiter } from "./limiter/limiter.ts";
import { openPool } from "./pool.ts";
import { logsOf, objectsOf } from "./requested-by.ts";
import { openSharing } from "./share/sharing.ts";
import type { Sharing } from "./share/sharing.ts";

/** Services that runs share if it is the same who asks. */
export type SharedServices = {
  /** For one run; it is in a hurry once `signal` has aborted. */
  lease(signal: AbortSignal): Lease;
  /** What runs have asked for, by IAM's name of the action. */
  asked(): ReadonlyMap<string, number>;
  /** How many different ones who ask have clients. */
  count(): number;
  /** Resolves when every cancel under way has been made, or given up. */
  allCancelled(): Promise<void>;
  close(): void;
};

/** One run's share. */
export type Lease = {
  openServices: OpenServices;
  /** The run has ended, however. */
  release(): void;
};

/** The clients of one who asks. */
type Shared = {
  sharing: Sharing;
  open: ClientOpener;
  logs?: Promise<Logs>;
  buckets: Map<string, Promise<Objects>>;
};

type Ports = { clock: Clock; random: () => number; limiter: Limiter };

export function shareServices(ports: Ports): SharedServices {
  const { clock } = ports;
  const salt = randomBytes(32);
  /** By those whose clients are closed. */
  const askedBefore = new Map<string, number>();
  const pool = openPool<Shared>(clock, (shared) => {
    addAll(askedBefore, shared.sharing.asked());
    closeShared(shared);
  });
  const lease = (signal: AbortSignal): Lease => {
    const releases: (() => void)[] = [];
    return {
      openServices: (asker) => {
        const key = fingerprint(asker, salt);
        const open = () => openShared(asker, key, ports);
        const { opened, release } = pool.use(key, open);
        releases.push(release);
        const services = servicesOf(opened, asker, signal, clock);
        releases.push(() => services.ssm.close());
        return services;
      },
      release: () => {
        for (const release of releases.splice(0)) release();
      },
    };
  };
  return {
    lease,
    asked: () => {
      const asked = new Map(askedBefore);
      for (const { sharing } of pool.values()) addAll(asked, sharing.asked());
      return asked;
    },
    count: () => pool.size(),
    allCancelled: async () => {
      const all = [...pool.values()];
      await Promise.all(all.map(({ sharing }) => sharing.allCancelled()));
    },
    close: () => pool.close(),
  };
}

function openShared(
  asker: Asker,
  key: string,
  { clock, random, limiter }: Ports,
): Shared {
  const { settings, execution, subject } = asker;
  const environment = ownVariables(asker.environment);
  const choice = chooseCredentials(settings.credentials, execution);
  const account = accountOf(choice, environment) ?? key;
  const open = openClients(
    {
      settings,
      execution,
      environment,
      // the words for settings are the same for all who share: they are in the key
      subject: {
        target: "several nodes",
        setting: (name) => subject.setting(name),
        state: (name) => subject.state(name),
      },
    },
    clock,
    { gate: limiter.gate({ account, region: settings.region }) },
  );
  const client = openRunCommand(open("ssm"), clock);
  return {
    sharing: openSharing(client, { clock, random, newRunId }),
    open,
    buckets: new Map(),
  };
}

function newRunId(): string {
  return randomBytes(12).toString("hex");
}

/** What one run sees. What it closes stays open for the others. */
function servicesOf(
  shared: Shared,
  { execution, environment }: Asker,
  signal: AbortSignal,
  clock: Clock,
): Services {
  const { project, executionId: job } = execution;
  const requester: Requester = { project, job, isUrgent: () => signal.aborted };
  const threads = threadsOf(environment["RD_JOB_THREADCOUNT"]);
  return {
    ssm: shared.sharing.port({
      ...requester,
      ...(threads === undefined ? {} : { threads }),
    }),
    describeCaller: () => shared.open("ssm").credentials.describe(),
    openLogs: async () => {
      shared.logs ??= import("../aws/logs.ts").then(({ openLogs }) =>
        openLogs(shared.open("logs"), clock),
      );
      return logsOf(requester, await shared.logs);
    },
    openObjects: async (options) =>
      objectsOf(requester, await openBucket(shared, options, clock)),
  };
}

function openBucket(
  { buckets, open }: Shared,
  options: BucketOptions,
  clock: Clock,
): Promise<Objects> {
  const { bucket, setting, kmsKey = null } = options;
  const key = JSON.stringify([bucket, setting, kmsKey]);
  const opened =
    buckets.get(key) ??
    import("../aws/objects.ts").then(({ openObjects }) =>
      openObjects(open("s3"), options, clock),
    );
  buckets.set(key, opened);
  return opened;
}

function closeShared({ sharing, logs, buckets }: Shared): void {
  sharing.close();
  for (const opened of [...(logs ? [logs] : []), ...buckets.values()])
    void opened.then((client) => client.close());
}

function threadsOf(text: string | undefined): number | undefined {
  const threads = Number(text);
  return Number.isInteger(threads) && threads > 0 ? threads : undefined;
}

function addAll(
  to: Map<string, number>,
  from: ReadonlyMap<string, number>,
): void {
  for (const [action, count] of from)
    to.set(action, (to.get(action) ?? 0) + count);
}
