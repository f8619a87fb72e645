import type { Secret } from "../kernel/secret.ts";
import type { CredentialSettings } from "../settings/settings.ts";

/** Where credentials come from, before anything is opened. */
export type CredentialChoice = {
  source:
    | { kind: "keys"; accessKeyId: string; secretKey: Secret; setting: string }
    | { kind: "profile"; profile: string; setting: string }
    /** The SDK's default chain, with the Rundeck server's environment. */
    | { kind: "default" };
  /** Assumed on top of `source`. */
  role?: {
    roleArn: string;
    externalId?: string;
    sessionName: string;
    setting: string;
  };
};

/**
 * Key Storage keys before a named profile before the default chain; a role on top of any of them. `execution` goes into
 * the role's session name, so that CloudTrail names the Rundeck execution.
 */
export function chooseCredentials(
  settings: CredentialSettings,
  execution: { project: string; executionId: string },
): CredentialChoice {
  const { assumeRole } = settings;
  if (!assumeRole) return { source: source(settings) };
  const role = {
    ...assumeRole,
    sessionName: sessionName(execution),
    setting: `${settings.roleFrom}-assume-role-arn`,
  };
  return { source: source(settings), role };
}

function source({
  keys,
  profile,
  baseFrom,
}: CredentialSettings): CredentialChoice["source"] {
  if (keys)
    return { kind: "keys", ...keys, setting: `${baseFrom}-accessKeyId` };
  if (profile !== undefined)
    return { kind: "profile", profile, setting: `${baseFrom}-profile` };
  return { kind: "default" };
}

/** 2–64 characters of `[\w+=,.@-]`. Source: STS API reference, AssumeRole, RoleSessionName. */
function sessionName(execution: {
  project: string;
  executionId: string;
}): string {
  const id = execution.executionId.replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 20);
  const project = execution.project.replaceAll(/[^\w+=,.@-]/g, "-");
  const words = ["rundeck", project.slice(0, 64 - 9 - id.length), id];
  return words.filter((word) => word !== "").join("-");
}
