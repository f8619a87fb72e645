import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import type { Secret } from "../kernel/secret.ts";
import { checkUrl } from "./endpoints.ts";
import type { Endpoint } from "./endpoints.ts";
import type { Identity, Source } from "./source.ts";
import type { Transport } from "./transport.ts";

/** Where STS is asked, and how. */
export type StsOptions = {
  region: string;
  endpoint?: Endpoint;
  transport: Transport;
};

/** Fixed keys: Key Storage's, or the server environment's. */
export function keySource(
  {
    accessKeyId,
    secretKey,
    sessionToken,
  }: { accessKeyId: string; secretKey: Secret; sessionToken?: Secret },
  words: string,
): Source {
  return {
    words: () => words,
    remedy: () => `check ${words}`,
    action: () => undefined,
    fetch: () =>
      Promise.resolve({
        accessKeyId,
        secretAccessKey: secretKey.reveal(),
        ...(sessionToken ? { sessionToken: sessionToken.reveal() } : {}),
      }),
  };
}

/**
 * A role, assumed with `master`'s credentials, renewed for as long as a command runs.
 * Sessions last an hour: a role that was assumed from a role gets no more.
 */
export function roleSource(
  role: { roleArn: string; externalId?: string; sessionName: string },
  master: Source,
  { region, endpoint, transport }: StsOptions,
  setting: string,
): Source {
  let failed: Source | undefined;
  let held: Identity | undefined;
  const assume = fromTemporaryCredentials({
    // the SDK would keep for good what names no end, and asks twice for what has none left
    masterCredentials: async () => {
      failed = master;
      held ??= await master.fetch();
      failed = undefined;
      return { ...held, expiration: new Date(0) };
    },
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      DurationSeconds: 3600,
      ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
    },
    clientConfig: {
      ...transport.sdk,
      region,
      maxAttempts: 1,
      requestHandler: transport.handler(),
      ...(endpoint ? { endpoint: endpoint.url } : {}),
    },
  });
  return {
    words: () => failed?.words() ?? `the role of ${setting}`,
    remedy: () =>
      failed?.remedy() ??
      `check it, and that this server reaches STS in ${region}${endpoint ? ` by ${endpoint.from}` : ""}`,
    action: () => (failed ? failed.action() : "sts:AssumeRole"),
    fetch: async () => {
      checkUrl(endpoint);
      held = undefined;
      return assume();
    },
  };
}
