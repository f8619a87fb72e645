import { fromIni } from "@aws-sdk/credential-providers";
import { parseKnownFiles } from "@smithy/core/config";
import { limitCredentialProcesses, tooLate } from "./credential-process.ts";
import { checkUrl } from "./endpoints.ts";
import { listProfileFiles } from "./named-files.ts";
import type { Environment } from "./proxy.ts";
import { httpStatus } from "./failure.ts";
import {
  findProfileFault,
  hasCredentials,
  listProfiles,
} from "./profile-faults.ts";
import { NoCredentials, WrongChoice } from "./source.ts";
import type { Identity, Source } from "./source.ts";
import type { StsOptions } from "./sources.ts";

/** The SDK has something to say on stderr, which is not its own. */
export const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

type Files = { filepath?: string; configFilepath?: string; ignoreCache: true };

/** What the SDK has read of a file it keeps for as long as the process lives, and a sidecar lives for days. */
function filesOf(environment: Environment): Files {
  const filepath = environment["AWS_SHARED_CREDENTIALS_FILE"];
  const configFilepath = environment["AWS_CONFIG_FILE"];
  return {
    ignoreCache: true,
    ...(filepath ? { filepath } : {}),
    ...(configFilepath ? { configFilepath } : {}),
  };
}

function placesOf(environment: Environment): string {
  return listProfileFiles(environment).join(" and ");
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
  sts: StsOptions,
): Source {
  const { region, endpoint, transport } = sts;
  const files = filesOf(environment);
  let kind: ProfileKind = kinds.other;
  return {
    words: () => `${kind.words}the profile ${profile} (${from})`,
    remedy: () =>
      `${kind.remedy}${kind === kinds.role && endpoint ? ` by ${endpoint.from}` : ""}, or check that profile in ${placesOf(environment)}, or ${from}`,
    action: () => "sts:AssumeRole",
    fetch: async () => {
      const profiles = await parseKnownFiles(files);
      const places = placesOf(environment);
      const chosen = profiles[profile];
      if (!chosen)
        throw new WrongChoice(
          `${state}: no such profile in ${places} (${listProfiles(profiles)})`,
          "correct it, or add the profile",
        );
      if (!hasCredentials(chosen))
        throw new WrongChoice(
          `${state}: no credentials in ${places}`,
          "add keys, a role, a process or SSO there",
          { cause: "empty" },
        );
      kind = kindOf(chosen);
      limitCredentialProcesses();
      const ask = fromIni({
        profile,
        ...files,
        logger: quiet,
        clientConfig: {
          ...transport.sdk,
          requestHandler: transport.handler(),
          logger: quiet,
        },
        parentClientConfig: { region },
        ...roleAssumers({ ...sts, region: chosen["region"] ?? region }),
      });
      return ask().catch((error: unknown): Identity => {
        const isAnswer = httpStatus(error) !== undefined;
        const fault = isAnswer
          ? undefined
          : findProfileFault(profiles, profile);
        if (fault !== undefined)
          throw new WrongChoice(
            `${state}: ${fault}, in ${places}`,
            "correct it there",
            { cause: error },
          );
        throw processFault(error) ?? error;
      });
    },
  };
}

/** How the roles of a profile are assumed. The SDK's own assumers know of no endpoint of the user's, and one of them of no proxy. */
function roleAssumers({
  region,
  endpoint,
  transport,
}: StsOptions): Parameters<typeof fromIni>[0] {
  const options = {
    ...transport.sdk,
    region,
    requestHandler: transport.handler(),
    logger: quiet,
    ...(endpoint ? { endpoint: endpoint.url } : {}),
  };
  const load = () => {
    checkUrl(endpoint);
    return import("@aws-sdk/client-sts");
  };
  return {
    roleAssumer: async (...asked) =>
      (await load()).getDefaultRoleAssumer(options)(...asked),
    roleAssumerWithWebIdentity: async (...asked) =>
      (await load()).getDefaultRoleAssumerWithWebIdentity(options)(...asked),
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

/** What became of a credential_process, which the SDK tells in words alone; those of the process, and its command line, are not shown. */
function processFault(error: unknown): NoCredentials | undefined {
  const { message } = error instanceof Error ? error : { message: "" };
  const why = processFaults.find(([words]) => words.test(message))?.[1];
  return why === undefined
    ? undefined
    : new NoCredentials(why, { cause: error });
}

/** Source: @aws-sdk/credential-provider-process. */
const processFaults = [
  [new RegExp(`^${tooLate}$`), `its ${tooLate}`],
  [
    /^Command failed: /,
    "its credential_process failed, or could not be started",
  ],
  [
    / credential_process returned invalid JSON\.$/,
    "its credential_process printed no JSON",
  ],
  [
    / credential_process did not return Version 1\.$/,
    'its credential_process printed no "Version": 1',
  ],
  [
    / credential_process returned invalid credentials\.$/,
    "its credential_process printed no AccessKeyId or no SecretAccessKey",
  ],
  [
    / credential_process returned expired credentials\.$/,
    "its credential_process printed some that have expired",
  ],
] as const;
