import type { fromNodeProviderChain } from "@aws-sdk/credential-providers";

/** Credentials on demand: clients ask again before a session ends. */
export type CredentialProvider = ReturnType<typeof fromNodeProviderChain>;

/** What every client is opened with. */
export type ClientOptions = {
  region: string;
  /** An endpoint of the user's own; absent: AWS's for the region, or `AWS_ENDPOINT_URL[_SSM…]`. */
  endpoint?: string;
  credentials: CredentialProvider;
  /** For proxied networks: an agent per protocol. */
  agents?: HttpAgents;
};

export type HttpAgents = {
  httpAgent?: import("node:http").Agent;
  httpsAgent?: import("node:https").Agent;
};

/** A connection that is not there after this long is tried anew. */
const connectionTimeoutMs = 5_000;

/**
 * The settings that all clients share. The SDK's own retries are off: SendCommand has no idempotency token, so whether a
 * call may be repeated is the pipelines' decision.
 */
export function clientConfig(options: ClientOptions) {
  return {
    region: options.region,
    credentials: options.credentials,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      ...options.agents,
    },
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  };
}

/** No single request takes longer; a slower answer counts as lost. */
export const requestTimeoutMs = 20_000;
