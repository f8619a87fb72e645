import { defaultSource } from "../aws/default-source.ts";
import { profileSource } from "../aws/profile-source.ts";
import { keySource, roleSource } from "../aws/sources.ts";
import type { StsOptions } from "../aws/sources.ts";
import type { Environment } from "../aws/proxy.ts";
import type { Source } from "../aws/source.ts";
import type { Subject } from "../kernel/errors.ts";
import type { CredentialChoice } from "./choose.ts";

/** Turns a choice into a source of credentials. Nothing is fetched yet. `subject` names the settings that chose it. */
export function openSource(
  choice: CredentialChoice,
  sts: StsOptions,
  environment: Environment,
  subject: Subject,
): Source {
  const master = openMaster(choice, sts, environment, subject);
  if (!choice.role) return master;
  return roleSource(
    choice.role,
    master,
    sts,
    subject.setting(choice.role.setting),
  );
}

function openMaster(
  { source }: CredentialChoice,
  sts: StsOptions,
  environment: Environment,
  subject: Subject,
): Source {
  switch (source.kind) {
    case "keys":
      return keySource(source, subject.setting(source.setting));
    case "profile":
      return profileSource(
        source.profile,
        {
          from: subject.setting(source.setting),
          state: subject.state(source.setting),
        },
        environment,
        sts,
      );
    case "default":
      return defaultSource(environment, sts);
  }
}
