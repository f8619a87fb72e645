import { createHmac } from "node:crypto";
import { listProfileFiles, stateOfFile } from "../aws/named-files.ts";
import { chooseCredentials } from "../credentials/choose.ts";
import type { CredentialChoice } from "../credentials/choose.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Asker } from "../services/clients.ts";

/**
 * Stands for who asks, and where: equal only for those whose requests would be signed, sent and trusted alike, and whose failures would be
 * told in the same words. Secrets are in it as nobody can read them: `salt` is the process's own.
 */
export function fingerprint(asker: Asker, salt: Buffer): string {
  const { settings, execution, environment, subject } = asker;
  const choice = chooseCredentials(settings.credentials, execution);
  const services = ["ssm", "sts", "logs", "s3"] as const;
  const told = [
    settings.region,
    settings.stsRegion ?? null,
    services.map((service) => {
      const url = settings.endpoints[service];
      return url === undefined
        ? null
        : [url, subject.setting(`${service}-endpoint-url`)];
    }),
    listSource(choice, asker),
    listRole(choice, asker),
    Object.entries(ownVariables(environment)).toSorted(byName),
    listFiles(choice, environment),
  ];
  return createHmac("sha256", salt).update(JSON.stringify(told)).digest("hex");
}

/** An execution's variables differ from node to node, and say nothing of who asks AWS. */
export function ownVariables(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("RD_")),
  );
}

function listSource({ source }: CredentialChoice, { subject }: Asker) {
  switch (source.kind) {
    case "keys":
      return [
        source.kind,
        source.accessKeyId,
        source.secretKey.reveal(),
        subject.setting(source.setting),
      ];
    case "profile":
      return [source.kind, source.profile, subject.setting(source.setting)];
    case "default":
      return [source.kind];
  }
}

function listRole({ role }: CredentialChoice, { subject }: Asker) {
  if (!role) return null;
  const { roleArn, externalId = null, sessionName, setting } = role;
  return [roleArn, externalId, sessionName, subject.setting(setting)];
}

/** Who comes after a file was changed asks by what is in it now, as a process of its own would; who was there before goes on as he began. */
function listFiles(
  { source }: CredentialChoice,
  environment: Environment,
): string[] {
  const { AWS_CA_BUNDLE: bundle, NODE_EXTRA_CA_CERTS: extra } = environment;
  return [
    ...(source.kind === "keys" ? [] : listProfileFiles(environment)),
    bundle ?? "",
    extra ?? "",
  ].map(stateOfFile);
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
