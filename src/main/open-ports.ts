import type { ClientOptions } from "../aws/clients.ts";
import { openProxyAgents } from "../aws/proxy.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import { openCredentials } from "../credentials/open.ts";
import type { Host } from "../rundeck/host.ts";
import type { Endpoints, NodeSettings } from "../settings/settings.ts";

/** How to open a client of a service with the settings' region, endpoint, credentials and proxy. Nothing is sent yet. */
export type ClientOpener = (service: keyof Endpoints) => Promise<ClientOptions>;

export async function openClients(
  settings: NodeSettings,
  execution: Host["execution"],
  environment: NodeJS.ProcessEnv,
): Promise<ClientOpener> {
  const reach = async (service: keyof Endpoints) => {
    const endpoint = settings.endpoints[service];
    const url =
      endpoint ?? `https://${service}.${settings.region}.amazonaws.com`;
    const agents = await openProxyAgents(environment, url);
    return {
      region: settings.region,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(agents ? { agents } : {}),
    };
  };
  const choice = chooseCredentials(settings.credentials, execution);
  const credentials = openCredentials(choice, await reach("sts"));
  return async (service) => ({ ...(await reach(service)), credentials });
}
