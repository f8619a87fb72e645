import type { ClientOptions } from "../aws/clients.ts";
import { openCredentials } from "../aws/credentials.ts";
import type { OpenCredentials } from "../aws/credentials.ts";
import { endpointOfEnvironment } from "../aws/endpoints.ts";
import type { Endpoint, Service } from "../aws/endpoints.ts";
import { refusePipes } from "../aws/named-files.ts";
import { openTransport } from "../aws/transport.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import { openSource } from "../credentials/open.ts";
import type { Gate } from "../aws/gate.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Host } from "../rundeck/host.ts";
import type { NodeSettings } from "../settings/settings.ts";

/** Who asks AWS, and where: a node's settings, the execution, and the environment of the Rundeck server. */
export type Asker = {
  settings: NodeSettings;
  execution: Host["execution"];
  environment: Environment;
  subject: Subject;
};

/** The same for what is no node. */
export type RegionAsker = Omit<Asker, "settings"> & {
  settings: Pick<
    NodeSettings,
    "region" | "stsRegion" | "credentials" | "endpoints"
  >;
};

/** How to open a client of a service with the settings' region, endpoint, credentials and network. Nothing is sent yet. */
export type ClientOpener = (
  service: Service,
) => ClientOptions & { credentials: OpenCredentials };

/** What clients have that are not a process's own. */
export type Sharing = {
  /** What each request has to pass. */
  gate: Gate;
};

export function openClients(
  { settings, execution, environment, subject }: RegionAsker,
  clock: Clock,
  sharing?: Sharing,
  choice = chooseCredentials(settings.credentials, execution),
): ClientOpener {
  refusePipes(environment);
  const transport = openTransport(
    environment,
    sharing ? "of-another" : "of-this-process",
  );
  const { region } = settings;
  const reach = (service: Service) => {
    const endpoint = endpointOf(service, settings, environment, subject);
    return { region, transport, ...(endpoint ? { endpoint } : {}) };
  };
  const sts = { ...reach("sts"), region: settings.stsRegion ?? region };
  const source = openSource(choice, sts, environment, subject);
  const credentials = openCredentials(source, transport, clock);
  return (service) => ({ ...reach(service), credentials, ...sharing });
}

function endpointOf(
  service: Service,
  { endpoints }: Pick<NodeSettings, "endpoints">,
  environment: Environment,
  subject: Subject,
): Endpoint | undefined {
  const url = endpoints[service];
  return url === undefined
    ? endpointOfEnvironment(service, environment)
    : { url, from: subject.setting(`${service}-endpoint-url`) };
}
