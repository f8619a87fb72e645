import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  type Expected,
  type Fault,
  passes,
  refused,
} from "../../support/faults/cell.ts";
import {
  closedPort,
  openBlackhole,
  openSilent,
  page,
  type Reply,
} from "../../support/faults/servers.ts";
import {
  canary,
  container,
  credentialProcess,
  keysOf,
  metadata,
  newSession,
  inSeconds,
  profile,
  singleSignOn,
  webIdentity,
} from "../../support/faults/sources.ts";
import type { World } from "../../support/faults/world.ts";

/** No source's text is shown; which one it was is. */
const noKeys = (says: RegExp[], more: Partial<Expected> = {}): Expected =>
  refused(77, "credentials-invalid", says, more);

const silentSource = (says: RegExp): Expected => ({
  happens: "gives up within a minute; the line names the source",
  exit: [75, 77],
  codeWord: "credentials-unavailable|credentials-invalid",
  says: [says],
  never: [/may be running/],
  runs: 0,
  longestSeconds: 75,
});

/** Of the first request on, not of ours: a machine may be slow to begin. */
function failingAtFirst(forMs: number, status: number): (good: Reply) => Reply {
  let endsAtMs: number | undefined;
  return (good) => {
    endsAtMs ??= performance.now() + forMs;
    return performance.now() < endsAtMs ? { status } : good;
  };
}

const containerFaults: Fault[] = [
  {
    id: "container-works",
    fault: "credentials come from a container's endpoint, and nothing fails",
    arrange: async (world) => void (await container(world, (good) => good)),
    expected: passes(10),
  },
  {
    id: "container-silent",
    fault: "the container's credential endpoint never answers",
    arrange: async (world) => void (await container(world, () => "never")),
    expected: silentSource(/container|ECS|AWS_CONTAINER/i),
  },
  {
    id: "container-500-once",
    fault: "the container's credential endpoint answers 500 once",
    arrange: async (world) =>
      void (await container(world, (good, n) =>
        n === 0 ? { status: 500 } : good,
      )),
    expected: passes(15),
  },
  {
    id: "container-503-a-while",
    fault: "the container's credential endpoint answers 503 for 8 s",
    arrange: async (world) =>
      void (await container(world, failingAtFirst(8_000, 503))),
    expected: passes(30),
  },
  {
    id: "container-throttled-a-while",
    fault: "the container's credential endpoint throttles for 8 s",
    arrange: async (world) =>
      void (await container(world, failingAtFirst(8_000, 429))),
    expected: passes(30),
  },
  {
    id: "container-elsewhere",
    fault: "AWS_CONTAINER_CREDENTIALS_FULL_URI is no address of a container's",
    arrange: async (world) => {
      await container(world, (good) => good);
      world.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
        `http://ada:${canary(world, "container-user")}@example.com/?t=${canary(world, "container-query")}`;
    },
    expected: noKeys([
      /AWS_CONTAINER_CREDENTIALS_FULL_URI/,
      /"http:\/\/example\.com\/"/,
      /https:\/\//,
    ]),
  },
  {
    id: "container-reset-once",
    fault: "the container's credential endpoint breaks off once",
    arrange: async (world) =>
      void (await container(world, (good, n) => (n === 0 ? "reset" : good))),
    expected: passes(15),
  },
  {
    id: "container-slow",
    fault: "the container's credential endpoint is slow by 10 s",
    arrange: async (world) =>
      void (await container(world, (good) =>
        typeof good === "string" ? good : { ...good, afterMs: 10_000 },
      )),
    expected: passes(30),
  },
  {
    id: "container-500",
    fault: "the container's credential endpoint answers 500 to everything",
    arrange: async (world) =>
      void (await container(world, () => ({ status: 500 }))),
    expected: silentSource(/container|ECS|AWS_CONTAINER/i),
  },
  {
    id: "container-html",
    fault: "the container's credential endpoint answers a web page",
    arrange: async (world) => void (await container(world, () => page(200))),
    expected: noKeys([/container|ECS|AWS_CONTAINER/i]),
  },
  {
    id: "container-denied",
    fault: "the container's credential endpoint answers 403",
    arrange: async (world) =>
      void (await container(world, () => ({ status: 403, text: "{}" }))),
    expected: noKeys([/container|ECS|AWS_CONTAINER/i]),
  },
  {
    id: "container-refused",
    fault:
      "nothing listens where the container's credential endpoint should be",
    arrange: async (world) => {
      await container(world, (good) => good);
      world.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
        `http://127.0.0.1:${await closedPort()}/`;
    },
    expected: {
      ...noKeys([/container|ECS|AWS_CONTAINER/i]),
      exit: [75, 77],
      codeWord: "credentials-unavailable|credentials-invalid",
      longestSeconds: 75,
    },
  },
  {
    id: "container-token-missing",
    fault: "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not there",
    arrange: async (world) => {
      await container(world, (good) => good);
      world.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] =
        `${world.folder}/nothing`;
    },
    expected: noKeys([/AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE/]),
  },
  {
    id: "container-expired",
    fault: "the container's credential endpoint gives what AWS calls expired",
    arrange: async (world) => {
      await container(world, (good) => good);
      const session = world.aws.identities.find("ASIACONTAINER0000000");
      if (session) session.expiresAtEpochMs = Date.now() - 60_000;
    },
    expected: noKeys([/expired/i]),
  },
];

const metadataFaults: Fault[] = [
  {
    id: "metadata-works",
    fault: "credentials come from instance metadata, and nothing fails",
    arrange: async (world) => void (await metadata(world, (good) => good)),
    expected: passes(10),
  },
  {
    id: "metadata-503-once",
    fault: "instance metadata answers 503 once",
    arrange: async (world) =>
      void (await metadata(world, (good, n) =>
        n === 1 ? { status: 503 } : good,
      )),
    expected: passes(15),
  },
  {
    id: "metadata-503-a-while",
    fault: "instance metadata answers 503 for 8 s",
    arrange: async (world) =>
      void (await metadata(world, failingAtFirst(8_000, 503))),
    expected: passes(30),
  },
  {
    id: "metadata-silent",
    fault: "instance metadata never answers (the hop limit of a container)",
    arrange: async (world) => void (await metadata(world, () => "never")),
    expected: {
      ...noKeys([/metadata/i, /hop/i]),
      longestSeconds: 70,
    },
  },
  {
    id: "metadata-blackholed",
    fault: "connections to instance metadata never come about",
    arrange: async (world) => {
      await metadata(world, (good) => good);
      const hole = world.use(await openBlackhole());
      world.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = hole.url;
    },
    expected: { ...noKeys([/metadata/i]), longestSeconds: 70 },
  },
  {
    id: "metadata-no-role",
    fault: "the instance has no role",
    arrange: async (world) =>
      void (await metadata(world, (good, _, url) =>
        url.includes("security-credentials") ? { status: 404 } : good,
      )),
    expected: noKeys([/metadata/i]),
  },
  {
    id: "metadata-html",
    fault: "something answers for instance metadata with a web page",
    arrange: async (world) => void (await metadata(world, () => page(200))),
    expected: noKeys([/metadata/i]),
  },
];

const webIdentityFaults: Fault[] = [
  {
    id: "web-identity-works",
    fault: "credentials come from a web identity token, and nothing fails",
    arrange: (world) => void webIdentity(world),
    expected: passes(10),
  },
  {
    id: "web-identity-missing",
    fault: "the file of AWS_WEB_IDENTITY_TOKEN_FILE is not there",
    arrange: (world) => rmSync(webIdentity(world).tokenFile),
    expected: noKeys([/AWS_WEB_IDENTITY_TOKEN_FILE|web identity/i]),
  },
  {
    id: "web-identity-pipe",
    fault: "AWS_WEB_IDENTITY_TOKEN_FILE is a pipe that nobody writes to",
    arrange: (world) => {
      const { tokenFile } = webIdentity(world);
      rmSync(tokenFile);
      execFileSync("mkfifo", [tokenFile]);
    },
    expected: refused(78, "setting-invalid", [
      /AWS_WEB_IDENTITY_TOKEN_FILE/,
      /pipe/,
    ]),
  },
  {
    id: "web-identity-garbage",
    fault: "the web identity token is none",
    arrange: (world) =>
      writeFileSync(webIdentity(world).tokenFile, "not a token"),
    expected: noKeys([/web identity|WebIdentity/i, /InvalidIdentityToken/]),
  },
  {
    id: "web-identity-expired",
    fault: "STS calls the web identity token expired",
    arrange: (world) => {
      webIdentity(world);
      world.fails({
        kind: "error",
        code: "ExpiredTokenException",
        message: "Token expired",
        operation: "AssumeRoleWithWebIdentity",
      });
    },
    expected: noKeys([/web identity|WebIdentity/i, /expired/i]),
  },
  {
    id: "web-identity-provider-gone",
    fault:
      "STS can't reach the identity provider (IDPCommunicationError) for 5 s",
    arrange: (world) => {
      webIdentity(world);
      world.fails({
        kind: "error",
        code: "IDPCommunicationError",
        operation: "AssumeRoleWithWebIdentity",
        forMs: 5_000,
      });
    },
    expected: passes(40),
  },
  {
    id: "web-identity-denied",
    fault: "STS denies the role to the web identity",
    arrange: (world) => {
      webIdentity(world);
      world.fails({
        kind: "error",
        code: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        status: 403,
        operation: "AssumeRoleWithWebIdentity",
      });
    },
    expected: refused(77, "access-denied", [
      /sts:AssumeRoleWithWebIdentity/,
      /rundeck-pods/,
    ]),
  },
  {
    id: "web-identity-silent",
    fault: "STS never answers a web identity",
    arrange: (world) => {
      webIdentity(world);
      world.fails({
        kind: "silent",
        when: "before",
        operation: "AssumeRoleWithWebIdentity",
      });
    },
    expected: silentSource(/web identity|WebIdentity|AWS_WEB_IDENTITY/i),
  },
];

const singleSignOnFaults: Fault[] = [
  {
    id: "sso-works",
    fault: "credentials come from IAM Identity Center, and nothing fails",
    arrange: async (world) => void (await singleSignOn(world, (good) => good)),
    expected: passes(10),
  },
  {
    id: "sso-not-signed-in",
    fault: "nobody has signed in to IAM Identity Center",
    arrange: async (world) =>
      void (await singleSignOn(world, (good) => good, "none")),
    expected: noKeys([/ops/, /SSO|sign|login/i]),
  },
  {
    id: "sso-expired",
    fault: "the sign-in to IAM Identity Center is over",
    arrange: async (world) =>
      void (await singleSignOn(world, (good) => good, "expired")),
    expected: noKeys([/ops/, /expired|SSO|login/i]),
  },
  {
    id: "sso-refused",
    fault: "IAM Identity Center refuses the token",
    arrange: async (world) =>
      void (await singleSignOn(world, () => ({
        status: 401,
        text: '{"message":"Session token not found or invalid"}',
        headers: { "x-amzn-errortype": "UnauthorizedException" },
      }))),
    expected: noKeys([/ops/]),
  },
  {
    id: "sso-500-once",
    fault: "IAM Identity Center answers 500 once",
    arrange: async (world) =>
      void (await singleSignOn(world, (good, n) =>
        n === 0 ? { status: 500, text: "{}" } : good,
      )),
    expected: passes(20),
  },
  {
    id: "sso-500-a-while",
    fault: "IAM Identity Center answers 500 for 8 s",
    arrange: async (world) =>
      void (await singleSignOn(world, failingAtFirst(8_000, 500))),
    expected: passes(30),
  },
  {
    id: "sso-no-session",
    fault: "the profile's sso_session is not in the file",
    arrange: (world) =>
      void profile(
        world,
        "[profile ops]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Deploy\n",
      ),
    expected: noKeys([/ops/, /sso_session corp/, /\.aws\/config/]),
  },
  {
    id: "sso-silent",
    fault: "IAM Identity Center never answers",
    arrange: async (world) => void (await singleSignOn(world, () => "never")),
    expected: silentSource(/ops|SSO|Identity Center/i),
  },
];

const processFaults: Fault[] = [
  {
    id: "process-works",
    fault: "credentials come from a credential_process, and nothing fails",
    arrange: (world) => credentialProcess(world, (good) => `echo '${good}'`),
    expected: passes(10),
  },
  {
    id: "process-fails",
    fault: "the credential_process fails",
    arrange: (world) =>
      credentialProcess(world, () => 'echo "no such user: $2" >&2; exit 3'),
    expected: noKeys([/ops/, /credential_process failed/, /\.aws\/config/]),
  },
  {
    id: "process-missing",
    fault: "the credential_process is not there",
    arrange: (world) => {
      credentialProcess(world, (good) => `echo '${good}'`);
      rmSync(path.join(world.folder, "credential-helper"));
    },
    expected: noKeys([/ops/, /credential_process/]),
  },
  {
    id: "process-hangs",
    fault: "the credential_process never ends",
    arrange: (world) => credentialProcess(world, () => "exec sleep 300"),
    expected: silentSource(/credential_process|ops/),
  },
  {
    id: "process-garbage",
    fault: "the credential_process prints no credentials",
    arrange: (world) =>
      credentialProcess(world, (good) => `echo 'oops ${good}'`),
    expected: noKeys([/ops/, /credential_process printed no JSON/]),
  },
  {
    id: "process-expired",
    fault: "the credential_process gives expired credentials",
    arrange: (world) =>
      credentialProcess(
        world,
        (good) =>
          `echo '${JSON.stringify({ ...JSON.parse(good), Expiration: inSeconds(-60) })}'`,
      ),
    expected: noKeys([/ops/, /credential_process printed .*expired/]),
  },
];

const profileFaults: Fault[] = [
  {
    id: "profile-missing",
    fault: "the profile is not in the files",
    arrange: (world) =>
      void profile(world, "[profile other]\nregion = eu-west-1\n"),
    expected: noKeys([/ops/, /other/]),
  },
  {
    id: "profile-no-file",
    fault: "there is no ~/.aws/config",
    arrange: (world) => rmSync(profile(world, "")),
    expected: noKeys([/ops/]),
  },
  {
    id: "profile-garbage",
    fault: "~/.aws/config is no such file",
    arrange: (world) => void profile(world, "\u0000\u0001{{{ not ini\n[[["),
    expected: noKeys([/ops/]),
  },
  {
    id: "profile-half",
    fault: "the profile has half of a key pair",
    arrange: (world) =>
      void profile(
        world,
        `[profile ops]\naws_access_key_id = ${world.identity.accessKeyId}\n`,
      ),
    expected: noKeys([/ops/, /without aws_secret_access_key/, /\.aws\/config/]),
  },
  {
    id: "profile-circle",
    fault: "two profiles name each other as source_profile",
    arrange: (world) =>
      void profile(
        world,
        "[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::111122223333:role/b\nsource_profile = ops\n",
      ),
    expected: noKeys([/ops/, /circle: ops, b, ops/]),
  },
  {
    id: "profile-no-source",
    fault: "the profile's source_profile is not there",
    arrange: (world) =>
      void profile(
        world,
        `[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = bse\n[profile base]\n${keysOf(world)}`,
      ),
    expected: noKeys([/ops/, /source_profile bse/, /there are: ops, base/]),
  },
  {
    id: "profile-mfa",
    fault: "the profile's role asks for a code of MFA",
    arrange: (world) =>
      void profile(
        world,
        `[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/ada\n[profile base]\n${keysOf(world)}`,
      ),
    expected: noKeys([/ops/, /MFA/i]),
  },
  {
    id: "profile-role-silent",
    fault: "STS never answers for the role of a profile",
    arrange: (world) => {
      profile(
        world,
        `[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\n[profile base]\n${keysOf(world)}`,
      );
      world.fails({ kind: "silent", when: "before", service: "sts" });
    },
    expected: silentSource(/ops|sts:AssumeRole/),
  },
  {
    id: "profile-wrong-secret",
    fault: "the profile's secret does not belong to its key",
    arrange: (world) =>
      void profile(
        world,
        `[profile ops]\naws_access_key_id = ${world.identity.accessKeyId}\naws_secret_access_key = wrong\n`,
      ),
    expected: noKeys([/secret/i]),
  },
];

const staticKeys = (world: World, secret: string): void => {
  world.environment["AWS_SECRET_ACCESS_KEY"] = secret;
};

const keyFaults: Fault[] = [
  {
    id: "keys-wrong-secret",
    fault: "the secret key does not belong to the access key",
    arrange: (world) => staticKeys(world, "wrong"),
    expected: noKeys([/secret/i]),
  },
  {
    id: "keys-unknown",
    fault: "AWS does not know the access key",
    arrange: ({ aws, identity }) => aws.identities.remove(identity.accessKeyId),
    expected: noKeys([/key/i]),
  },
  {
    id: "keys-none",
    fault: "there are no credentials anywhere",
    arrange: (world) => world.withoutKeys(),
    expected: noKeys([/environment/i, /metadata/i]),
  },
  {
    id: "keys-half",
    fault:
      "the setting for the access key is there, the one for the secret is not",
    arrange: (world) => world.set({ accessKeyId: "AKIAALONE" }),
    expected: refused(78, "setting-(?:missing|invalid)", [/secretKey/]),
  },
  {
    id: "keys-revoked",
    fault: "the access key is deleted while the command runs",
    takesSeconds: 4,
    pipelines: ["executor", "output"],
    during: async (world, running) => {
      await world.begun(running);
      world.aws.identities.remove(world.identity.accessKeyId);
    },
    expected: {
      happens: "can't be followed any more; the line says that it goes on",
      exit: 77,
      codeWord: "credentials-invalid",
      says: [/goes on|may be running|still running/],
      runs: 1,
      left: ["command", "node file"],
      longestSeconds: 45,
    },
  },
  {
    id: "keys-expire",
    fault: "the session of the server's own keys ends while the command runs",
    takesSeconds: 6,
    pipelines: ["executor", "output"],
    arrange: (world) => {
      const session = newSession(world, "brief");
      world.aws.identities.add({
        ...world.identity,
        ...session,
        expiresAtEpochMs: Date.now() + 4_000,
      });
      Object.assign(world.environment, {
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.sessionToken,
      });
    },
    expected: {
      happens: "can't be followed any more; the line says that it goes on",
      exit: 77,
      codeWord: "credentials-invalid",
      says: [/expired/i, /goes on|may be running|still running/],
      runs: 1,
      left: ["command", "node file"],
      longestSeconds: 45,
    },
  },
  {
    id: "keys-other-account",
    fault: "the keys are of an account that does not have the node",
    arrange: ({ aws, identity }) =>
      aws.identities.add({
        ...identity,
        arn: "arn:aws:iam::999900001111:user/other",
        account: "999900001111",
        policies: [],
      }),
    expected: refused(77, "access-denied", [/999900001111/]),
  },
  {
    id: "keys-and-profile-name",
    fault: "AWS_PROFILE is set beside static keys, and there is such a profile",
    arrange: (world) => {
      const keys = { ...world.environment };
      profile(world, `[profile ops]\n${keysOf(world)}`);
      Object.assign(world.environment, keys, { AWS_PROFILE: "ops" });
      delete world.environment["RD_CONFIG_SSM_PROFILE"];
      delete world.environment["RD_CONFIG_SSM_COPIER_PROFILE"];
    },
    expected: passes(10),
  },
];

const stsUnreachable: Fault[] = [
  {
    id: "sts-endpoint-silent",
    fault: "sts-endpoint-url names a server that never answers",
    arrange: async (world) => {
      const silent = world.use(await openSilent());
      world.set({
        "sts-endpoint-url": silent.url,
        "assume-role-arn": "arn:aws:iam::111122223333:role/deploy",
      });
    },
    expected: silentSource(/sts:AssumeRole|STS/),
  },
  {
    id: "sts-endpoint-refused",
    fault: "nothing listens at sts-endpoint-url",
    arrange: async (world) =>
      world.set({
        "sts-endpoint-url": `http://127.0.0.1:${await closedPort()}`,
        "assume-role-arn": "arn:aws:iam::111122223333:role/deploy",
      }),
    expected: silentSource(/sts-endpoint-url/),
  },
];

export const credentialFaults: Fault[] = [
  ...containerFaults,
  ...metadataFaults,
  ...webIdentityFaults,
  ...singleSignOnFaults,
  ...processFaults,
  ...profileFaults,
  ...keyFaults,
  ...stsUnreachable,
];
