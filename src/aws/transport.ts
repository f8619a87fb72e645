import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import http from "node:http";
import https from "node:https";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import tls from "node:tls";
import type { HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { wrongEnvironment } from "../kernel/errors.ts";
import { readCertificates } from "./certificates.ts";
import { chooseProxy } from "./proxy.ts";
import type { Environment, Proxy } from "./proxy.ts";
import { readSdkOptions } from "./sdk-options.ts";
import type { SdkOptions } from "./sdk-options.ts";

/** How far a request has come. */
export type Journey = {
  /** `tunnelled`: a proxy has opened the way, and nothing was written yet. `connected`: from here on it may have been. */
  stage: "unsent" | "connecting" | "tunnelled" | "connected" | "answered";
  /** Host and port that it was for. */
  host?: string;
  proxy?: Proxy;
  /** Of the last answer. */
  status?: number;
  /** What answered, where it was not AWS: `text/html`, or a proxy before there was a connection. */
  stranger?: { status: number; server?: string };
};

/** The network of one environment: its proxies and certificates. Knows no credentials, no node, no region. */
export type Transport = {
  /** For the SDK's clients, beside the handler. */
  sdk: SdkOptions;
  /** For the SDK's clients. */
  handler(options?: { socketTimeoutMs?: number }): Handler;
  /** Runs `work`, and keeps account of how far its last request has come. */
  travel<T>(work: (journey: Journey) => Promise<T>): Promise<T>;
};

/** A connection that is not there after this long is tried anew. */
const connectionTimeoutMs = 5_000;

/**
 * How far requests that are under way have come, by their transport. One store for all of them: for as long as the process lives each timer
 * and promise of it gets a property for every AsyncLocalStorage that was ever used.
 */
const underWay = new AsyncLocalStorage<ReadonlyMap<object, Journey>>();

/** Whose environment it is: Node has read its own process's NODE_EXTRA_CA_CERTS when it started, and nobody else's. */
export type Whose = "of-this-process" | "of-another";

/** @throws BridgeError `setting-invalid`; when a client is opened, if `AWS_CA_BUNDLE` can't be read */
export function openTransport(
  environment: Environment,
  whose: Whose = "of-this-process",
): Transport {
  const own = {};
  const journeyNow = () => underWay.getStore()?.get(own);
  let ca: string[] | undefined;
  const handler = (options: { socketTimeoutMs?: number } = {}) => {
    ca ??= listCertificates(environment, whose);
    return openHandler(journeyNow, environment, {
      ...(ca.length > 0 ? { ca } : {}),
      ...options,
    });
  };
  return {
    sdk: readSdkOptions(environment),
    handler,
    travel: (work) => {
      const journey: Journey = { stage: "unsent" };
      const journeys = new Map(underWay.getStore()).set(own, journey);
      return underWay.run(journeys, () => work(journey));
    },
  };
}

type HandlerOptions = { ca?: string[]; socketTimeoutMs?: number };

/** What the SDK's clients ask of a handler. */
export type Handler = Pick<
  NodeHttpHandler,
  | "handle"
  | "destroy"
  | "metadata"
  | "updateHttpClientConfig"
  | "httpHandlerConfigs"
>;

/** The SDK's own handlers, one for each proxy: which one serves a request is decided by its own URL. */
function openHandler(
  journeyNow: () => Journey | undefined,
  environment: Environment,
  options: HandlerOptions,
): Handler {
  const byProxy = new Map<string, Promise<NodeHttpHandler>>();
  const note = (stage: "tunnelled" | "connected") => {
    const journey = journeyNow();
    if (journey) journey.stage = stage;
  };
  const through = (proxy: Proxy | undefined) => {
    const key = proxy?.url ?? "";
    const opened = byProxy.get(key) ?? openOne(proxy, options, note);
    byProxy.set(key, opened);
    return opened;
  };
  return {
    metadata: { handlerProtocol: "http/1.1" },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => {
      for (const opened of byProxy.values())
        void opened.then((handler) => handler.destroy());
    },
    handle: async (request, limits) => {
      const { protocol, hostname, port } = request;
      const url = new URL(
        `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`,
      );
      const proxy = chooseProxy(environment, url);
      const journey = journeyNow() ?? { stage: "unsent" };
      begin(journey, url, proxy);
      const handler = await through(proxy);
      const answer = await handler
        .handle(request, limits)
        .catch((error: unknown) => {
          throw isTunnelEnded(error, journey) ? broken(error) : error;
        });
      refuseStranger(journey, answer.response, protocol);
      return answer;
    },
  };
}

function begin(journey: Journey, url: URL, proxy: Proxy | undefined): void {
  journey.stage = "connecting";
  journey.host = url.host;
  delete journey.proxy;
  delete journey.stranger;
  delete journey.status;
  if (proxy) journey.proxy = proxy;
}

/** Source: https-proxy-agent 9.1.0, parse-proxy-response.js, which gives no code of Node's to a proxy that ends a connection. */
function isTunnelEnded(error: unknown, { proxy, stage }: Journey): boolean {
  return (
    proxy !== undefined &&
    stage === "connecting" &&
    error instanceof Error &&
    error.name === "Error" &&
    !("code" in error)
  );
}

function broken(cause: unknown): Error {
  const error = new Error("the proxy ended the connection", { cause });
  return Object.assign(error, { code: "ECONNRESET" });
}

/**
 * Throws for an answer that AWS never gives: a page of HTML, a proxy's demand for a password, or what came through a proxy
 * before there was a tunnel.
 */
function refuseStranger(
  journey: Journey,
  { statusCode: status, headers, body }: HttpResponse,
  protocol: string,
): void {
  const isTunnelRefused =
    journey.proxy !== undefined &&
    protocol === "https:" &&
    journey.stage === "connecting";
  if (!isTunnelRefused) journey.stage = "answered";
  journey.status = status;
  const isPage = /^text\/html/i.test(headers["content-type"] ?? "");
  if (!isTunnelRefused && !isPage && status !== 407) return;
  const server = headers["server"] ?? headers["via"];
  journey.stranger = { status, ...(server ? { server } : {}) };
  if (body instanceof Readable) body.destroy();
  throw new Error("another server answered in AWS's place");
}

async function openOne(
  proxy: Proxy | undefined,
  { ca, socketTimeoutMs }: HandlerOptions,
  note: (stage: "tunnelled" | "connected") => void,
): Promise<NodeHttpHandler> {
  const options = { keepAlive: true, maxSockets: 50, ...(ca ? { ca } : {}) };
  const agents = proxy
    ? await openProxyAgents(proxy.url, options)
    : {
        httpAgent: new http.Agent(options),
        httpsAgent: new https.Agent(options),
      };
  watch(agents.httpAgent, () => note("connected"));
  watch(agents.httpsAgent, () => note("connected"));
  agents.httpsAgent.on("proxyConnect", ({ statusCode }: HttpResponse) => {
    if (statusCode === 200) note("tunnelled");
  });
  return new NodeHttpHandler({
    connectionTimeout: connectionTimeoutMs,
    ...(socketTimeoutMs === undefined
      ? {}
      : { socketTimeout: socketTimeoutMs }),
    ...agents,
  });
}

type AgentOptions = { keepAlive: boolean; maxSockets: number; ca?: string[] };

async function openProxyAgents(proxy: string, options: AgentOptions) {
  const { HttpProxyAgent } = await import("http-proxy-agent");
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  const httpsAgent = new HttpsProxyAgent(proxy, options);
  // it takes what it was given for the connection to the proxy alone. Source: https-proxy-agent 9.1.0, index.js
  if (options.ca) Object.assign(httpsAgent.options, { ca: options.ca });
  return { httpAgent: new HttpProxyAgent(proxy, options), httpsAgent };
}

/** Tells when a request has a connection that stands: a new one after its event, or one that another request has left. */
function watch(agent: http.Agent, note: () => void): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...args) => {
    const socket = connect(...args);
    const isSecure = socket instanceof tls.TLSSocket;
    // an agent of a proxy hands over what is connected already
    if (!isSecure && socket instanceof Socket && isOpen(socket)) note();
    const event = isSecure ? "secureConnect" : "connect";
    socket?.once(event, AsyncResource.bind(note));
    return socket;
  };
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    note();
    reuse(socket, request);
  };
}

function isOpen({ readyState, remoteAddress }: Socket): boolean {
  return readyState === "open" && remoteAddress !== undefined;
}

/**
 * The certificates that requests trust, where these are more than Node's own. `AWS_CA_BUNDLE` names some: with a list of our own Node forgets its own
 * and NODE_EXTRA_CA_CERTS, so these are in it. Source: AWS CLI, "Environment variables"; Node, tls.createSecureContext.
 */
function listCertificates(environment: Environment, whose: Whose): string[] {
  const bundle = environment["AWS_CA_BUNDLE"];
  const extra = environment["NODE_EXTRA_CA_CERTS"];
  if (!bundle && (whose === "of-this-process" || !extra)) return [];
  return [
    ...tls.rootCertificates,
    ...(bundle ? [readCertificate(bundle)] : []),
    ...(extra ? [readCertificate(extra, "")] : []),
  ].filter((certificate) => certificate !== "");
}

function readCertificate(file: string, otherwise?: string): string {
  try {
    return readCertificates(file);
  } catch (cause) {
    if (otherwise !== undefined) return otherwise;
    throw wrongEnvironment(
      `AWS_CA_BUNDLE in the server's environment names ${file}, which can't be read: correct it, or remove it`,
      { cause },
    );
  }
}
