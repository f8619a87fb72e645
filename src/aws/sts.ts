import {
  fromIni,
  fromNodeProviderChain,
  fromTemporaryCredentials,
} from "@aws-sdk/credential-providers";
import type { Secret } from "../kernel/secret.ts";
import type { CredentialProvider, HttpAgents } from "./clients.ts";

/** Fixed keys, as Key Storage gave them. */
export function keyCredentials(keys: {
  accessKeyId: string;
  secretKey: Secret;
}): CredentialProvider {
  return () =>
    Promise.resolve({
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretKey.reveal(),
    });
}

/** A profile of `~/.aws/config` and `~/.aws/credentials`, with all that a profile may say (SSO, role chains, process…). */
export function profileCredentials(
  profile: string,
  base: StsOptions,
): CredentialProvider {
  return fromIni({ profile, ...inner(base) });
}

/** The SDK's default chain: environment, web identity, SSO, profile, ECS and EKS, EC2. */
export function defaultCredentials(base: StsOptions): CredentialProvider {
  return fromNodeProviderChain(inner(base));
}

export type StsOptions = {
  region: string;
  endpoint?: string;
  agents?: HttpAgents;
};

/**
 * A role, assumed with `master`. The clients ask again before a session ends, so a command may outlive any session.
 * Sessions last an hour: a role that was assumed from a role gets no more.
 */
export function roleCredentials(
  role: { roleArn: string; externalId?: string; sessionName: string },
  master: CredentialProvider,
  base: StsOptions,
): CredentialProvider {
  return fromTemporaryCredentials({
    masterCredentials: master,
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      DurationSeconds: 3600,
      ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
    },
    clientConfig: {
      region: base.region,
      ...(base.endpoint === undefined ? {} : { endpoint: base.endpoint }),
      ...(base.agents ? { requestHandler: base.agents } : {}),
    },
  });
}

function inner(base: StsOptions) {
  return {
    clientConfig: {
      region: base.region,
      ...(base.agents ? { requestHandler: base.agents } : {}),
    },
  };
}
