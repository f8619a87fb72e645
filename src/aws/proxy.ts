import type { HttpAgents } from "./clients.ts";

const proxyVariables = /^(?:https?|all)_proxy$/i;

/**
 * Agents for the proxy that the environment names for `url` (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, in either case), which the
 * SDK does not look at by itself; undefined where there is none.
 */
export async function openProxyAgents(
  environment: Readonly<Record<string, string | undefined>>,
  url: string,
): Promise<HttpAgents | undefined> {
  const named = Object.keys(environment).some(
    (name) => proxyVariables.test(name) && environment[name],
  );
  if (!named) return undefined;
  const { getProxyForUrl } = await import("proxy-from-env");
  const proxy = getProxyForUrl(url);
  if (proxy === "") return undefined;
  if (url.startsWith("http:")) {
    const { HttpProxyAgent } = await import("http-proxy-agent");
    return { httpAgent: new HttpProxyAgent(proxy) };
  }
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  return { httpsAgent: new HttpsProxyAgent(proxy) };
}
