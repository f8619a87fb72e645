import { wrongEnvironment } from "../kernel/errors.ts";

/** The variables that name proxies, by the requests' protocol. Lower case comes first, as in curl. Source: curl(1), "Environment". */
export const variables = {
  "http:": ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  "https:": ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
} as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy, and the variable that named it. `shown` is what a message may say: without user and password. */
export type Proxy = { url: string; variable: string; shown: string };

/**
 * The proxy that the environment names for a request's own URL; undefined where there is none, or `NO_PROXY` exempts the host.
 * A proxy without a scheme is spoken to in plain HTTP, as by curl and the AWS CLI.
 * @throws BridgeError `setting-invalid`, of one that can't be spoken to
 */
export function chooseProxy(
  environment: Environment,
  url: URL,
): Proxy | undefined {
  const names =
    url.protocol === "http:" ? variables["http:"] : variables["https:"];
  const variable = names.find((name) => environment[name]);
  const named = variable === undefined ? "" : (environment[variable] ?? "");
  const exempt = environment["no_proxy"] || environment["NO_PROXY"] || "";
  if (variable === undefined || isExempt(exempt, url)) return undefined;
  const proxy = /^[a-z][a-z0-9+.-]*:\/\//i.test(named)
    ? named
    : `http://${named}`;
  return { url: proxy, variable, shown: hostOf(proxy, variable, url) };
}

/** Hosts, domains (with or without a leading dot or `*.`), addresses, IPv4 networks; each may have a port. `*` exempts all. */
function isExempt(list: string, url: URL): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  const port = url.port || (url.protocol === "http:" ? "80" : "443");
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, address = entry, entryPort] =
    /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  if (address.includes("/")) return isInNetwork(host, address);
  const name = address.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  return host === name || host.endsWith(`.${name}`);
}

function isInNetwork(host: string, network: string): boolean {
  const [base = "", bits = ""] = network.split("/");
  const [a, b] = [addressNumber(host), addressNumber(base)];
  const size = 2 ** (32 - Number(bits));
  return (
    a !== undefined &&
    b !== undefined &&
    Math.floor(a / size) === Math.floor(b / size)
  );
}

function addressNumber(text: string): number | undefined {
  const bytes = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number);
  return bytes?.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** It may hold a user and a password, so of one that is no URL nothing is shown. */
function hostOf(proxy: string, variable: string, { host }: URL): string {
  const wrong = (what: string) =>
    wrongEnvironment(
      `${variable} in the server's environment ${what}: it must be http://HOST:PORT or https://HOST:PORT; correct it, or exempt ${host} in NO_PROXY`,
    );
  if (!URL.canParse(proxy)) throw wrong("is not the URL of a proxy");
  const { protocol, host: shown } = new URL(proxy);
  if (protocol === "http:" || protocol === "https:") return shown;
  throw wrong(
    `names ${shown}, a proxy of the kind ${protocol.slice(0, -1)}, which we can't speak to`,
  );
}
