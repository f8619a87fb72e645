import type { Failure } from "../kernel/failure.ts";
import type { CallContext } from "./call-context.ts";
import { isCertificateProblem } from "./failure.ts";
import { suggestRegion } from "./regions.ts";
import type { Journey } from "./transport.ts";

/** Why there is no answer, and what to check. */
export function explainNetwork(
  { name, sent }: Failure,
  { action, journey, ...context }: CallContext,
): string {
  const { proxy, host = "AWS" } = journey;
  if (isCertificateProblem(name) && !isBeforeProxy(journey))
    return `the connection to ${host} for ${action} is not trusted (${name}): put the certificate of your network or endpoint into a file and name it in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS in the server's environment${endpointWords(context)}`;
  if (sent === "unknown")
    return `no answer from AWS (${host}${proxy ? ` through the proxy ${proxy.shown}, ${proxy.variable}` : ""}) to ${action} (${name})${context.endpointFrom === undefined ? "" : `; check ${context.endpointFrom}`}`;
  return `${describeBreak(name, journey)}, so ${action} did not reach AWS; ${remedyOf(name, { journey, ...context })}`;
}

/** Of a proxy that is spoken to by TLS, whose own certificate comes first. */
function isBeforeProxy({ proxy, stage }: Journey): boolean {
  return stage === "connecting" && /^https:/i.test(proxy?.url ?? "");
}

/** Who can't be connected to, and how that shows. A proxy that was not reached is all that a request has met. */
export function describeBreak(
  name: string,
  { proxy, host = "AWS", stage }: Journey,
): string {
  const who = proxy
    ? `${stage === "tunnelled" ? `${host} behind ` : ""}the proxy ${proxy.shown} (${proxy.variable} in the server's environment)`
    : host;
  const how = isCertificateProblem(name)
    ? "speaks no TLS, or its certificate is not trusted"
    : (breaks[name] ?? "can't be connected to");
  return `${who} ${how} (${name})`;
}

/** Whether Node names so what becomes of a connection; it names what becomes of files in the same way. */
export function isBreak(name: string): boolean {
  return name in breaks;
}

/** Source: Node, "Common system errors"; getaddrinfo(3). */
const breaks: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "breaks connections off",
  ENOTFOUND: "is no name that DNS knows",
  EAI_AGAIN: "is a name for which DNS does not answer",
  ETIMEDOUT: "does not answer",
  TimeoutError: "does not answer",
  EHOSTUNREACH: "is not reached: there is no way to it",
  ENETUNREACH: "is not reached: there is no way to it",
};

function remedyOf(
  name: string,
  {
    journey: { proxy, host = "AWS" },
    endpointFrom,
    subject,
    region,
  }: Omit<CallContext, "action">,
): string {
  if (proxy)
    return isCertificateProblem(name)
      ? `set ${proxy.variable} to http://HOST:PORT if it is one of plain HTTP, or put the certificate of its authority into a file and name it in AWS_CA_BUNDLE`
      : `correct ${proxy.variable}, or exempt ${host} in NO_PROXY`;
  if (endpointFrom !== undefined) return `check ${endpointFrom}`;
  const general =
    "check the region (does it have the service?), DNS and the way out of the network";
  const doubt = region === undefined ? undefined : suggestRegion(region);
  if (doubt === undefined) return general;
  const told = `${subject.state("region")}: ${doubt}`;
  return doubt.endsWith("?") ? told : `${told}; ${general}`;
}

function endpointWords({ endpointFrom }: { endpointFrom?: string }): string {
  return endpointFrom === undefined ? "" : `, or correct ${endpointFrom}`;
}

/** Who answered in AWS's place, and what to check. */
export function explainStranger(
  { name }: Failure,
  { action, journey, ...context }: CallContext,
): string {
  const { proxy, stranger, host = "another server" } = journey;
  const server = stranger?.server ? `, ${stranger.server.slice(0, 60)}` : "";
  const who = proxy ? `the proxy ${proxy.shown} or a server behind it` : host;
  const remedy = proxy
    ? `check ${proxy.variable} in the server's environment${stranger?.status === 407 ? ", which needs a user and a password," : ""} and what the proxy allows, or exempt ${host} in NO_PROXY`
    : `check ${context.endpointFrom ?? "DNS and what is between this server and AWS"}`;
  return `not AWS: ${who} answered ${action} (${name}${server}); ${remedy}`;
}
