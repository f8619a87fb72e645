import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Identity } from "../../../src/local/auth/identities.ts";
import { openServer, type Reply, type Server } from "./servers.ts";
import { account, type World } from "./world.ts";

/** Ways to credentials, laid for a run: each takes the server's keys away, and AWS knows its own. */

/** Keys of a session that AWS knows. */
export function newSession(
  world: World,
  name: string,
): Required<
  Pick<Identity, "accessKeyId" | "secretAccessKey" | "sessionToken">
> {
  const session = {
    accessKeyId: `ASIA${name.toUpperCase()}0000000`,
    secretAccessKey: canary(world, `${name}-secret`),
    sessionToken: canary(world, `${name}-token`),
    arn: `arn:aws:sts::${account}:assumed-role/rundeck/${name}`,
    account,
  };
  world.aws.identities.add(session);
  return session;
}

/** A value that may be seen nowhere. */
export function canary(world: World, name: string): string {
  const value = `canary-${name}-${randomBytes(12).toString("hex")}`;
  world.secrets.push(value);
  return value;
}

/** ISO 8601 without fractions, so far from now. */
export const inSeconds = (seconds: number): string =>
  new Date(Date.now() + seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");

/** A role that the plugin assumes on top of its keys. */
export function assumeRole(world: World, name = "deploy"): string {
  const arn = `arn:aws:iam::${account}:role/${name}`;
  world.set({ "assume-role-arn": arn, "assume-role": "true" });
  return arn;
}

/** A container's credential endpoint, as ECS and EKS have it. */
export async function container(
  world: World,
  reply: (good: Reply, count: number) => Reply,
  lifeSeconds = 3_600,
): Promise<Server> {
  world.withoutKeys();
  const session = newSession(world, "container");
  const good = (): Reply => ({
    text: JSON.stringify({
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: inSeconds(lifeSeconds),
    }),
  });
  const server = world.use(
    await openServer((_, count) => reply(good(), count)),
  );
  world.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
    `${server.url}/credentials`;
  world.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = canary(
    world,
    "container-authorization",
  );
  return server;
}

/** The metadata service of an EC2 instance: version 2, with a session token. */
export async function metadata(
  world: World,
  reply: (good: Reply, count: number, url: string) => Reply,
): Promise<Server> {
  world.withoutKeys();
  const session = newSession(world, "metadata");
  const server = world.use(
    await openServer(({ method, url = "" }, count) => {
      const good: Reply =
        method === "PUT"
          ? {
              text: "metadata-session",
              headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600" },
            }
          : url.endsWith("/security-credentials/")
            ? { text: "rundeck" }
            : url.endsWith("/rundeck")
              ? {
                  text: JSON.stringify({
                    Code: "Success",
                    LastUpdated: inSeconds(-60),
                    Type: "AWS-HMAC",
                    AccessKeyId: session.accessKeyId,
                    SecretAccessKey: session.secretAccessKey,
                    Token: session.sessionToken,
                    Expiration: inSeconds(3_600),
                  }),
                }
              : { status: 404 };
      return reply(good, count, url);
    }),
  );
  delete world.environment["AWS_EC2_METADATA_DISABLED"];
  world.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url;
  return server;
}

/** A token file, as a Kubernetes service account has it. */
export function webIdentity(world: World): { tokenFile: string } {
  world.withoutKeys();
  const tokenFile = path.join(world.folder, "token");
  writeFileSync(tokenFile, `eyJhbGciOi.${canary(world, "web-identity")}.c2ln`);
  Object.assign(world.environment, {
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: `arn:aws:iam::${account}:role/rundeck-pods`,
  });
  return { tokenFile };
}

/** `~/.aws/config`, and that the plugin uses this profile. */
export function profile(world: World, config: string, name = "ops"): string {
  world.withoutKeys();
  const file = path.join(world.home, ".aws", "config");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, config);
  world.set({ profile: name });
  return file;
}

/** The keys of a profile that AWS knows, as its file has them. */
export function keysOf(world: World): string {
  return `aws_access_key_id = ${world.identity.accessKeyId}\naws_secret_access_key = ${world.identity.secretAccessKey}\n`;
}

/** IAM Identity Center: a profile, a signed-in user's token, and the portal that makes keys of it. */
export async function singleSignOn(
  world: World,
  reply: (good: Reply, count: number) => Reply,
  token: "valid" | "expired" | "none" = "valid",
): Promise<Server> {
  const session = newSession(world, "portal");
  const good = (): Reply => ({
    text: JSON.stringify({
      roleCredentials: {
        accessKeyId: session.accessKeyId,
        secretAccessKey: session.secretAccessKey,
        sessionToken: session.sessionToken,
        expiration: Date.now() + 3_600_000,
      },
    }),
    headers: { "content-type": "application/json" },
  });
  const server = world.use(
    await openServer((_, count) => reply(good(), count)),
  );
  const startUrl = "https://corp.awsapps.com/start";
  profile(
    world,
    `[profile ops]\nsso_start_url = ${startUrl}\nsso_region = eu-central-1\nsso_account_id = ${account}\nsso_role_name = Deploy\n`,
  );
  const cache = path.join(world.home, ".aws", "sso", "cache");
  mkdirSync(cache, { recursive: true });
  if (token !== "none")
    writeFileSync(
      path.join(
        cache,
        `${createHash("sha1").update(startUrl).digest("hex")}.json`,
      ),
      JSON.stringify({
        startUrl,
        region: "eu-central-1",
        accessToken: canary(world, "sso-token"),
        expiresAt: inSeconds(token === "valid" ? 3_600 : -3_600),
      }),
    );
  world.environment["AWS_ENDPOINT_URL_SSO"] = server.url;
  return server;
}

/** A profile with a credential_process, whose command line holds a secret of its own. */
export function credentialProcess(
  world: World,
  script: (good: string) => string,
): void {
  const session = newSession(world, "process");
  const good = JSON.stringify({
    Version: 1,
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: inSeconds(3_600),
  });
  const program = path.join(world.folder, "credential-helper");
  writeFileSync(program, `#!/bin/sh\n${script(good)}\n`);
  chmodSync(program, 0o755);
  profile(
    world,
    `[profile ops]\ncredential_process = ${program} --token ${canary(world, "process-argument")}\n`,
  );
}
