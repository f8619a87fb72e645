import { lookup } from "node:dns/promises";
import { connect, isIP } from "node:net";
import type { Service } from "../aws/endpoints.ts";
import { chooseProxy } from "../aws/proxy.ts";
import { knock, locate } from "../aws/reach.ts";
import type { Place } from "../aws/reach.ts";
import { endOfEither } from "../exec/signals.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { check, findingOfFailure } from "./check.ts";
import type { Check, Finding } from "./check.ts";
import type { Context, Party, Stage } from "./context.ts";

/** A way to AWS that is looked at: executions fail without it, or go on by another way, or it is the doctor's alone. */
type Way = {
  service: Service;
  party: Party<NodeSettings>;
  bucket?: string;
  for: "all" | "more" | "doctor";
};

/** The way to each service that the settings need, its time, and how far AWS's clock is from ours. */
export const checkNetwork: Stage = async (context) => {
  const ways = listWays(context);
  const tried = await Promise.all(ways.map((way) => tryWay(way, context)));
  return [...tried, checkClock(context)];
};

function listWays({ executor, copier, host }: Context): Way[] {
  const { credentials, logGroup, outputBucket } = executor.settings;
  const { role } = chooseCredentials(credentials, host.execution);
  const files = copier?.settings.bucket;
  const ways: Way[] = [
    { service: "ssm", party: executor, for: "all" },
    { service: "sts", party: executor, for: role ? "all" : "more" },
  ];
  if (logGroup !== undefined)
    ways.push({ service: "logs", party: executor, for: "more" });
  if (outputBucket !== undefined)
    ways.push({
      service: "s3",
      party: executor,
      bucket: outputBucket,
      for: "more",
    });
  if (copier && files !== undefined && files !== outputBucket)
    ways.push({ service: "s3", party: copier, bucket: files, for: "all" });
  return [...ways, { service: "ec2", party: executor, for: "doctor" }];
}

function tryWay(way: Way, context: Context): Promise<Check> {
  const { service, bucket, party } = way;
  const name = bucket === undefined ? service : `${service} ${bucket}`;
  const { lacks } = context.known;
  return check(
    { stage: "network", name },
    { gives: [service], lacks },
    async () => {
      const options = party.openClient(service);
      const place = { service, options, ...(bucket ? { bucket } : {}) };
      try {
        return await walk(place, party, context);
      } catch (error) {
        if (way.for === "all") throw error;
        // what else would ask it is skipped
        if (!lacks.has(service)) lacks.set(service, `network: ${name}`);
        return soften(findingOfFailure(error), way.for);
      }
    },
  );
}

/** Executions go on without it. */
function soften(finding: Finding, by: "more" | "doctor"): Finding {
  if (finding.state !== "problem") return finding;
  const { says, remedy } = finding;
  return by === "more"
    ? { state: "warning", says, remedy }
    : {
        state: "unknown",
        says: `${says}; executions don't ask it, but why a node is not managed can't be told`,
      };
}

/** No step of it takes longer. */
const stepLimitMs = 8_000;

async function walk(
  place: Place,
  { subject }: Party<NodeSettings>,
  context: Context,
): Promise<Finding> {
  const { clock, environment, signal, known } = context;
  const call = { signal, subject };
  const url = await locate(place, call);
  const proxy = chooseProxy(environment, url);
  const steps = await Promise.race([
    timeSteps(proxy ? new URL(proxy.url) : url, clock),
    whenAborted(signal),
  ]);
  const startedAt = clock.now();
  const date = await knockWithin(stepLimitMs, place, { subject, ...context });
  const answeredMs = clock.now() - startedAt;
  if (date)
    // it is told in whole seconds, cut off
    known.clockAheadMs ??=
      date.getTime() + 500 - (clock.now() - answeredMs / 2);
  const through = proxy
    ? `through the proxy ${proxy.shown} (${proxy.variable})`
    : "without a proxy";
  const from = place.options.endpoint?.from;
  return {
    state: "ok",
    says: `${url.origin}${from === undefined ? "" : `, from ${from}`}: ${steps}answered in ${Math.round(answeredMs)} ms, ${through}`,
  };
}

/** A resolver of names may take longer than there is time. */
function whenAborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(""), { once: true });
  });
}

async function knockWithin(
  limitMs: number,
  place: Place,
  { clock, signal, subject }: Context & { subject: Subject },
): Promise<Date | undefined> {
  const limit = endOfEither(signal, clock.deadline(limitMs));
  try {
    return await knock(place, { signal: limit, subject });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** DNS and TCP on the way to a host, as far as they go: what fails is told by the request itself, in the product's own words. */
async function timeSteps(url: URL, clock: Clock): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "http:" ? 80 : 443);
  const startedAt = clock.now();
  const found = await lookup(host).catch(() => undefined);
  if (!found) return "";
  const foundAt = clock.now();
  const named = isIP(host)
    ? ""
    : `DNS ${found.address} in ${Math.round(foundAt - startedAt)} ms, `;
  const isOpen = await tryConnection(found.address, port);
  return isOpen
    ? `${named}TCP in ${Math.round(clock.now() - foundAt)} ms, `
    : named;
}

function tryConnection(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(stepLimitMs / 2, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.on("close", () => resolve(false));
  });
}

/** Signatures are taken within five minutes or fifteen, by service; beyond, the SDK corrects itself by AWS's time, and what is signed elsewhere fails. */
const tolerableMs = 5 * 60_000;

function checkClock({ known }: Context): Check {
  const { clockAheadMs } = known;
  const named = { stage: "network", name: "clock" } as const;
  if (clockAheadMs === undefined)
    return { ...named, state: "unknown", says: "AWS has told no time" };
  const far = Math.abs(clockAheadMs);
  const seconds = Math.round(far / 1_000);
  // nearer than that it can't be told
  if (seconds <= 2)
    return { ...named, state: "ok", says: "agrees with AWS's within 2 s" };
  const says = `this machine's clock is ${describeSeconds(seconds)} ${clockAheadMs > 0 ? "behind" : "ahead of"} AWS's`;
  return far <= tolerableMs
    ? { ...named, state: "ok", says }
    : {
        ...named,
        state: "warning",
        says: `${says}: AWS refuses what is signed by it, which costs each execution a second request, and addresses that it signs for nodes fail`,
        remedy: "set the clock by NTP (chronyd, systemd-timesyncd)",
      };
}

function describeSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
