import { halfOf } from "./source.ts";

/** The files' sections, as the SDK reads them: profiles by their names, others with a kind before it (`sso-session.corp`). */
export type Sections = Readonly<Record<string, Section | undefined>>;
type Section = Readonly<Record<string, string | undefined>>;

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

const sources = ["Ec2InstanceMetadata", "EcsContainer", "Environment"];

export function hasCredentials(profile: Section): boolean {
  return givesCredentials.some((name) => profile[name]);
}

export function listProfiles(sections: Sections): string {
  const names = Object.keys(sections).filter(
    (name) => !/^(?:sso-session|services)\./.test(name),
  );
  if (names.length === 0) return "there are none";
  const more = names.length > 10 ? ", …" : "";
  return `there are: ${names.slice(0, 10).join(", ")}${more}`;
}

/**
 * What does not go together in a profile that gave no credentials, as a sentence about it; undefined where the profile is well made, and
 * the fault another's. Source: AWS SDKs Reference Guide, "Assume role", "IAM Identity Center" and "Static credentials".
 */
export function findProfileFault(
  sections: Sections,
  name: string,
): string | undefined {
  const way = [name];
  for (;;) {
    const last = way.at(-1) ?? name;
    const profile = sections[last] ?? {};
    const what = way.length === 1 ? "it" : `its source_profile ${last}`;
    const next = profile["source_profile"];
    // keys of a source_profile come before its role
    const isRole =
      profile["role_arn"] && (way.length === 1 || !hasKeys(profile));
    if (!isRole)
      return faultOfKeys(profile, what) ?? faultOfSso(profile, what, sections);
    const fault = faultOfRole(profile, what);
    if (fault !== undefined || next === undefined) return fault;
    if (!sections[next])
      return `${what} names the source_profile ${next}, which is not there (${listProfiles(sections)})`;
    if (way.includes(next))
      return hasKeys(sections[next])
        ? undefined
        : `its source_profile leads in a circle: ${[...way, next].join(", ")}`;
    if (!hasCredentials(sections[next] ?? {}))
      return `${what} names the source_profile ${next}, which holds no credentials`;
    way.push(next);
  }
}

function hasKeys(profile: Section): boolean {
  return Boolean(
    profile["aws_access_key_id"] && profile["aws_secret_access_key"],
  );
}

function faultOfRole(profile: Section, what: string): string | undefined {
  const { source_profile: profileName, credential_source: source } = profile;
  if (profile["web_identity_token_file"]) return undefined;
  if (profileName && source)
    return `${what} has both source_profile and credential_source`;
  if (!profileName && !source)
    return `${what} has role_arn without source_profile or credential_source`;
  return source && !sources.includes(source)
    ? `${what} has the credential_source ${source}, which must be one of: ${sources.join(", ")}`
    : undefined;
}

function faultOfKeys(profile: Section, what: string): string | undefined {
  const half = halfOf(profile, "aws_access_key_id", "aws_secret_access_key");
  return half === undefined ? undefined : `${what} has ${half}`;
}

function faultOfSso(
  profile: Section,
  what: string,
  sections: Sections,
): string | undefined {
  const { sso_session: name } = profile;
  if (!name && !profile["sso_start_url"]) return undefined;
  const session = name ? sections[`sso-session.${name}`] : {};
  if (!session)
    return `${what} names the sso_session ${name}, which is not there`;
  const all = { ...profile, ...session };
  const needed = [
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
  ];
  const missing = needed.filter((each) => !all[each]);
  return missing.length === 0
    ? undefined
    : `${what} lacks ${missing.join(", ")}`;
}
