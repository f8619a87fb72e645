import { nameSetting, stateSetting } from "../settings/name.ts";
import { openLastAnswers } from "../nodes/last-answers.ts";
import { listNodes } from "../nodes/list.ts";
import { formatNodes } from "../nodes/formats.ts";
import type { Format } from "../nodes/formats.ts";
import { describeScope } from "../nodes/scope.ts";
import type { Scope } from "../nodes/scope.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import { openInventories } from "../services/inventories.ts";
import type { RegionServices } from "../services/inventories.ts";
import type { NodeSourceSettings } from "../settings/node-source.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./shell.ts";

/** Who asks, and where the last good answers are. */
export type NodeListing = {
  settings: NodeSourceSettings;
  project: string;
  folder: string;
  format: Format;
};

/** settings → regions and roles → nodes → text. stdout holds the whole list, or nothing. */
export async function runNodes(
  shell: Shell,
  { settings, project, folder, format }: NodeListing,
): Promise<Ending> {
  const { clock, signal, log, environment } = shell;
  const identity = identityOf(settings, environment);
  const nodes = await listNodes(
    settings,
    {
      open: openScopes(shell, settings, project),
      answers: openLastAnswers(folder, identity, () => clock.now()),
      clock,
      random: Math.random,
      note: (text) => log.note(text),
    },
    signal,
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    throw new BridgeError(
      "cancelled",
      "the list of nodes was not finished: it was ended by a signal",
    );
  });
  await shell.stdout.write(Buffer.from(formatNodes(nodes, format)));
  return { exitCode: 0 };
}

/** All that decides what an answer is. */
function identityOf(settings: NodeSourceSettings, environment: Environment) {
  const { keys, profile } = settings.credentials;
  return [
    // what the answers of a version look like
    1,
    keys?.accessKeyId ?? null,
    profile ?? null,
    settings.filters,
    [...settings.mapping],
    [...settings.attributes],
    settings.nodeName ?? null,
    settings.offline,
    settings.externalId ?? null,
    settings.listedBy,
    Object.entries(environment)
      .filter(([name]) => choosesAccount.test(name))
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ];
}

/** Variables by which it is another account, or another AWS, that is asked; none is a secret. Source: AWS SDKs and Tools Reference Guide, "Environment variables". */
const choosesAccount =
  /^AWS_(?:PROFILE|ACCESS_KEY_ID|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_(?:RELATIVE|FULL)_URI|CONFIG_FILE|SHARED_CREDENTIALS_FILE|ENDPOINT_URL.*)$/;

/** Each identity's credentials are fetched once. */
function openScopes(
  { environment, clock }: Shell,
  settings: NodeSourceSettings,
  project: string,
): (scope: Scope) => RegionServices & { subject: Subject } {
  const identities = new Map<
    string | undefined,
    (region: string) => RegionServices
  >();
  return (scope) => {
    const { roleArn, region } = scope;
    const subject = describeSubject(scope, settings);
    const open =
      identities.get(roleArn) ??
      openInventories(
        {
          settings: {
            region,
            endpoints: {},
            credentials: credentialsOf(settings, roleArn),
            ...(settings.stsRegion === undefined
              ? {}
              : { stsRegion: settings.stsRegion }),
          },
          execution: { ...nobody, project },
          environment,
          subject,
        },
        clock,
      );
    identities.set(roleArn, open);
    return { ...open(region), subject };
  };
}

const nobody = {
  executionId: "nodes",
  jobGroup: "",
  jobName: "",
  userName: "",
  logLevel: "",
};

function credentialsOf(
  { credentials, externalId }: NodeSourceSettings,
  roleArn: string | undefined,
) {
  if (roleArn === undefined) return credentials;
  const assumeRole = {
    roleArn,
    ...(externalId === undefined ? {} : { externalId }),
  };
  return { ...credentials, assumeRole };
}

/** A role is one of several here, under a name of its own. */
function describeSubject(scope: Scope, settings: NodeSourceSettings): Subject {
  return {
    target: describeScope(scope),
    setting: (name) => nameSetting(settings, ownName(name)),
    state: (name) => stateSetting(settings, ownName(name)),
  };
}

function ownName(setting: string): string {
  return setting === "ssm-assume-role-arn" ? "role-arns" : setting;
}
