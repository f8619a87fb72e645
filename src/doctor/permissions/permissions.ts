import { openRunCommand } from "../../aws/run-command.ts";
import { planCommand } from "../../command/plan.ts";
import type { SendRequest } from "../../aws/ssm.ts";
import { composeComment } from "../../rundeck/comment.ts";
import type {
  CopierSettings,
  ExecutorSettings,
} from "../../settings/settings.ts";
import type { Check } from "../check.ts";
import type { Context, Party, Stage } from "../context.ts";
import { tryBucket } from "./buckets.ts";
import { tryCommands, tryRemoteScript } from "./commands.ts";
import type { Sender } from "./commands.ts";
import { tryLogGroup } from "./log-group.ts";

/** The rights that a run needs or would like to have, each tried by a request that can't have an effect; all side by side. */
export const checkPermissions: Stage = async (context) => {
  const { executor, copier } = context;
  const found = await Promise.all([
    tryExecutor(context, executor),
    ...(copier ? [tryCopier(context, copier)] : []),
  ]);
  return found.flat();
};

async function tryExecutor(
  context: Context,
  party: Party<ExecutorSettings>,
): Promise<Check[]> {
  const { outputBucket, logGroup } = party.settings;
  const isCopiers = outputBucket === context.copier?.settings.bucket;
  const client = openRunCommand(party.openClient("ssm"), context.clock);
  const sender: Sender = {
    ...party.settings,
    plugin: "executor",
    client,
    subject: party.subject,
    needs: ["ssm", "credentials"],
    plan: () => planForNobody(context, party),
  };
  const found = await Promise.all([
    ...tryCommands(context, sender),
    ...(logGroup === undefined ? [] : [tryLogGroup(context, party, logGroup)]),
    ...(outputBucket === undefined
      ? []
      : [
          tryBucket(context, party, {
            label: isCopiers ? `${outputBucket} (output)` : outputBucket,
            options: { bucket: outputBucket, setting: "ssm-output-bucket" },
            plugin: "executor",
            prefix: "rundeck-ssm-output/",
            needs: ["s3", "credentials"],
          }),
        ]),
  ]);
  client.close();
  return found.flat();
}

/** Where its credentials and documents are the executor's, its commands need no more rights. */
async function tryCopier(
  context: Context,
  party: Party<CopierSettings>,
): Promise<Check[]> {
  const { executor } = context;
  const { settings, subject } = party;
  const { bucket, prefix, kmsKey, credentials } = settings;
  const client = openRunCommand(party.openClient("ssm"), context.clock);
  const sender: Sender = {
    plugin: "copier",
    client,
    subject,
    needs: ["ssm", "copier-credentials"],
    sidecar: settings.sidecar,
    runner: "full",
    plan: () => planForNobody(context, { ...executor, settings: copySettings }),
  };
  const { documentName, ...copySettings } = executor.settings;
  const isAnother =
    documentName !== undefined ||
    credentials.baseFrom === "ssm-copier" ||
    credentials.roleFrom === "ssm-copier";
  const found = await Promise.all([
    ...(isAnother ? tryCommands(context, sender) : []),
    ...(bucket === undefined
      ? []
      : [
          tryRemoteScript(context, sender),
          tryBucket(context, party, {
            label: bucket,
            options: {
              bucket,
              setting: "ssm-copier-bucket",
              ...(kmsKey === undefined ? {} : { kmsKey }),
            },
            plugin: "copier",
            prefix: prefix === "" ? "" : `${prefix}/`,
            needs: ["s3", "copier-credentials"],
          }),
        ]),
  ]);
  client.close();
  return found.flat();
}

/** What a run would send, to an instance that is not there. Throws `setting-invalid` for what can't be sent. */
function planForNobody(
  { host }: Context,
  { settings, subject }: Pick<Party<ExecutorSettings>, "settings" | "subject">,
): SendRequest {
  const runId = "0".repeat(24);
  const { request } = planCommand({
    ...settings,
    ...subject,
    instanceId: settings.instanceId.replace(
      /^(m?i-).*$/,
      `$1${"0".repeat(17)}`,
    ),
    platform: settings.osFamily,
    command: ":",
    runId,
    comment: composeComment(host.execution, runId),
    variables: new Map(),
  });
  return request;
}
