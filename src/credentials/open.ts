import {
  defaultCredentials,
  keyCredentials,
  profileCredentials,
  roleCredentials,
} from "../aws/sts.ts";
import type { StsOptions } from "../aws/sts.ts";
import type { CredentialProvider } from "../aws/clients.ts";
import type { CredentialChoice } from "./choose.ts";

/** Turns a choice into a provider that the clients call again when a session nears its end. Nothing is fetched yet. */
export function openCredentials(
  choice: CredentialChoice,
  sts: StsOptions,
): CredentialProvider {
  const master = openSource(choice.source, sts);
  return choice.role ? roleCredentials(choice.role, master, sts) : master;
}

function openSource(
  source: CredentialChoice["source"],
  sts: StsOptions,
): CredentialProvider {
  switch (source.kind) {
    case "keys":
      return keyCredentials(source);
    case "profile":
      return profileCredentials(source.profile, sts);
    case "default":
      return defaultCredentials(sts);
  }
}
