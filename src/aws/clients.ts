import type { Identity, Credentials } from "./credentials.ts";
import type { Endpoint } from "./endpoints.ts";
import type { Gate } from "./gate.ts";
import type { Transport } from "./transport.ts";

/** What every client is opened with. Nothing of it is a node's own, so that nodes can share one. */
export type ClientOptions = {
  region: string;
  /** An endpoint of the user's own, and the setting or variable that gave it; absent: AWS's for the region. */
  endpoint?: Endpoint;
  credentials: Credentials;
  transport: Transport;
  /** What every request has to pass; absent: nothing. */
  gate?: Gate;
};

/**
 * The settings that all clients share. The SDK's own retries are off: SendCommand has no idempotency token, so whether a
 * call may be repeated is the pipelines' decision.
 */
export function clientConfig({
  region,
  endpoint,
  credentials,
  transport,
}: ClientOptions) {
  return {
    ...transport.sdk,
    region,
    credentials: (): Promise<Identity> => credentials.provide(),
    maxAttempts: 1,
    requestHandler: transport.handler(),
    ...(endpoint === undefined ? {} : { endpoint: endpoint.url }),
  };
}
