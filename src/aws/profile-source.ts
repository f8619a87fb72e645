import { fromIni } from "@aws-sdk/credential-providers";
import path from "node:path";
import { getHomeDir, parseKnownFiles } from "@smithy/core/config";
import type { Environment } from "./proxy.ts";
import { WrongChoice } from "./source.ts";
import type { Source } from "./source.ts";
import type { StsOptions } from "./sources.ts";

/** The SDK has something to say on stderr, which is not its own. */
export const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** What a profile may hold that gives credentials. Source: AWS SDKs and Tools Reference Guide, "Settings reference". */
const givesCredentials = [
  "aws_access_key_id",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "sso_session",
  "sso_start_url",
  "web_identity_token_file",
];

type Files = { filepath?: string; configFilepath?: string };

function filesOf(environment: Environment): Files {
  const filepath = environment["AWS_SHARED_CREDENTIALS_FILE"];
  const configFilepath = environment["AWS_CONFIG_FILE"];
  return {
    ...(filepath ? { filepath } : {}),
    ...(configFilepath ? { configFilepath } : {}),
  };
}

/** The files' names, as the SDK finds them. */
function placesOf(environment: Environment): string {
  const folder = path.join(getHomeDir(), ".aws");
  const config = environment["AWS_CONFIG_FILE"] || path.join(folder, "config");
  const keys =
    environment["AWS_SHARED_CREDENTIALS_FILE"] ||
    path.join(folder, "credentials");
  return `${config} and ${keys}`;
}

/** The setting or variable that chose a profile: its name with layer, and the same as the beginning of a sentence. */
export type Chooser = { from: string; state: string };

/**
 * A profile of `~/.aws/config` and `~/.aws/credentials`, with all that a profile may say (SSO, role chains, process…). Its own regions
 * count; the node's is the last resort.
 */
export function profileSource(
  profile: string,
  { from, state }: Chooser,
  environment: Environment,
  { region, transport }: StsOptions,
): Source {
  const files = filesOf(environment);
  let kind: ProfileKind = kinds.other;
  return {
    words: () => `${kind.words}the profile ${profile} (${from})`,
    remedy: () =>
      `${kind.remedy}, or check that profile in the AWS configuration files of the Rundeck server's user, or ${from}`,
    action: () => "sts:AssumeRole",
    fetch: async () => {
      const profiles = await parseKnownFiles(files);
      const places = placesOf(environment);
      if (!profiles[profile])
        throw new WrongChoice(
          `${state}: no such profile in ${places}${listed(Object.keys(profiles))}`,
        );
      if (!hasCredentials(profiles[profile]))
        throw new WrongChoice(`${state}: no credentials in ${places}`, {
          cause: "empty",
        });
      kind = kindOf(profiles[profile]);
      return fromIni({
        profile,
        ...files,
        logger: quiet,
        clientConfig: { requestHandler: transport.handler(), logger: quiet },
        parentClientConfig: { region },
      })();
    },
  };
}

/** How a profile comes by its credentials, and what mends that. */
type ProfileKind = { words: string; remedy: string };

const kinds = {
  process: {
    words: "the credential_process of ",
    remedy: "run its credential_process by hand, as the Rundeck server's user",
  },
  sso: {
    words: "the SSO session (IAM Identity Center) of ",
    remedy:
      "it may have expired: sign in again by aws sso login, as the Rundeck server's user",
  },
  mfa: {
    words: "the role with MFA of ",
    remedy: "nobody is there to give a code of MFA: take a profile without",
  },
  role: {
    words: "the role of ",
    remedy: "check the role's trust policy, and that STS is reached",
  },
  other: { words: "", remedy: "correct its keys" },
} as const;

function kindOf(
  profile: Readonly<Record<string, string | undefined>>,
): ProfileKind {
  if (profile["mfa_serial"]) return kinds.mfa;
  if (profile["role_arn"]) return kinds.role;
  if (profile["credential_process"]) return kinds.process;
  return profile["sso_session"] || profile["sso_start_url"]
    ? kinds.sso
    : kinds.other;
}

function hasCredentials(
  profile: Readonly<Record<string, string | undefined>>,
): boolean {
  return givesCredentials.some((name) => profile[name]);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return " (there are none)";
  const more = names.length > 10 ? ", …" : "";
  return ` (there are: ${names.slice(0, 10).join(", ")}${more})`;
}
