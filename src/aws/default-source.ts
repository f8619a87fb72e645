import { fromTokenFile } from "@aws-sdk/credential-providers";
import { fromInstanceMetadata } from "@smithy/credential-provider-imds";
import { Secret } from "../kernel/secret.ts";
import { containerSource } from "./container-source.ts";
import { checkUrl } from "./endpoints.ts";
import { profileSource, quiet } from "./profile-source.ts";
import type { Environment } from "./proxy.ts";
import { halfOf, NoCredentials } from "./source.ts";
import type { Absence, Source } from "./source.ts";
import { keySource } from "./sources.ts";
import type { StsOptions } from "./sources.ts";

/**
 * The SDK's default chain, link by link: environment, profile, web identity, container, EC2. A link that is not set up is passed
 * over; one that is and gives nothing is named. Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
 */
export function defaultSource(
  environment: Environment,
  sts: StsOptions,
): Source {
  let asked: Source | undefined;
  let passed: Absence[] = [];
  const links = [
    environmentLink(environment),
    profileLink(environment, sts),
    tokenLink(environment, sts),
    containerSource(environment),
    instanceLink(environment),
  ];
  return {
    words: () => asked?.words() ?? "the default chain of the Rundeck server",
    remedy: () =>
      asked
        ? `${asked.remedy()}${halvesOf(passed)}`
        : "set ssm-accessKeyId and ssm-secretKey, or ssm-profile, or give the Rundeck server a role",
    action: () => asked?.action(),
    passed: () => passed.map(({ why }) => why),
    fetch: async () => {
      passed = [];
      for (const link of links) {
        if ("why" in link) {
          passed.push(link);
          continue;
        }
        asked = link;
        try {
          return await link.fetch();
        } catch (error) {
          if (!isAbsent(error)) throw error;
          passed.push({ why: error.message, isHalf: false });
        }
      }
      asked = undefined;
      throw new NoCredentials(passed.map(({ why }) => why).join("; "));
    },
  };
}

function halvesOf(passed: readonly Absence[]): string {
  return passed
    .filter(({ isHalf }) => isHalf)
    .map(({ why }) => `; passed over: ${why}`)
    .join("");
}

/** A link with nothing in it, as against one that fails. */
function isAbsent(error: unknown): error is NoCredentials {
  return error instanceof NoCredentials && error.cause === "empty";
}

/** A link, or why it is not set up. */
type Link = Source | Absence;

function environmentLink(environment: Environment): Link {
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = environment["AWS_SESSION_TOKEN"];
  if (!accessKeyId || !secretAccessKey)
    return missing(
      "environment",
      environment,
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    );
  if (environment["AWS_PROFILE"])
    return { why: "environment: AWS_PROFILE comes first", isHalf: false };
  return keySource(
    {
      accessKeyId,
      secretKey: new Secret(secretAccessKey),
      ...(sessionToken ? { sessionToken: new Secret(sessionToken) } : {}),
    },
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the server's environment",
  );
}

/** Of two variables that belong together. */
function missing(
  link: string,
  environment: Environment,
  first: string,
  second: string,
): Absence {
  const half = halfOf(environment, first, second);
  return {
    why: `${link}: ${half ?? `no ${first} with ${second}`}`,
    isHalf: half !== undefined,
  };
}

function profileLink(environment: Environment, sts: StsOptions): Link {
  const named = environment["AWS_PROFILE"];
  if (named)
    return profileSource(
      named,
      {
        from: "AWS_PROFILE of the server's environment",
        state: `AWS_PROFILE is ${JSON.stringify(named)}, from the server's environment`,
      },
      environment,
      sts,
    );
  const chooser = { from: "the default one", state: "profile default" };
  const link = profileSource("default", chooser, environment, sts);
  return {
    ...link,
    fetch: () =>
      link.fetch().catch((error: unknown) => {
        // one that is not as it should be was meant all the same
        const isMeant = error instanceof Error && error.cause instanceof Error;
        throw error instanceof NoCredentials && !isMeant
          ? new NoCredentials(error.message, { cause: "empty" })
          : error;
      }),
  };
}

function tokenLink(
  environment: Environment,
  { region, endpoint, transport }: StsOptions,
): Link {
  const file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"];
  const roleArn = environment["AWS_ROLE_ARN"];
  const roleSessionName = environment["AWS_ROLE_SESSION_NAME"];
  if (!file || !roleArn)
    return missing(
      "web identity",
      environment,
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      "AWS_ROLE_ARN",
    );
  return {
    words: () => `the web identity (token ${file}, role ${roleArn})`,
    remedy: () =>
      "check AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN of the server's environment, and the role's trust policy",
    action: () => "sts:AssumeRoleWithWebIdentity",
    fetch: async () => {
      checkUrl(endpoint);
      return fromTokenFile({
        webIdentityTokenFile: file,
        roleArn,
        ...(roleSessionName ? { roleSessionName } : {}),
        logger: quiet,
        clientConfig: {
          ...transport.sdk,
          requestHandler: transport.handler(),
          maxAttempts: 1,
          ...(endpoint ? { endpoint: endpoint.url } : {}),
        },
        parentClientConfig: { region },
      })();
    },
  };
}

function instanceLink(environment: Environment): Link {
  const off = environment["AWS_EC2_METADATA_DISABLED"];
  if (off && off.toLowerCase() !== "false")
    return { why: "EC2: AWS_EC2_METADATA_DISABLED is set", isHalf: false };
  return {
    words: () => "the EC2 instance's role (metadata service)",
    remedy: () =>
      "give the instance a role; in a container on it the metadata's hop limit has to be 2; or set ssm-accessKeyId and ssm-secretKey, or ssm-profile",
    action: () => undefined,
    fetch: async () => {
      try {
        // a token that was not had makes the service refuse what follows: asked anew, it may be had
        return await askInstance().catch((error: unknown) => {
          if (!hasStatus(error, 401)) throw error;
          return askInstance();
        });
      } catch (error) {
        if (hasStatus(error)) throw error;
        throw new NoCredentials(
          "EC2: no answer from the metadata service (in a container its hop limit has to be 2)",
          { cause: "empty" },
        );
      }
    },
  };
}

function askInstance() {
  return fromInstanceMetadata({ timeout: 1_000, logger: quiet })();
}

function hasStatus(error: unknown, wanted?: number): boolean {
  const status: unknown =
    error instanceof Error ? Reflect.get(error, "statusCode") : undefined;
  return typeof status === "number" && (wanted ?? status) === status;
}
