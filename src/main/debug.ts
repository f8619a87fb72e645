import { chooseCredentials } from "../credentials/choose.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Asker } from "../services/clients.ts";
import type { Services } from "../services/services.ts";
import { isSettingName, recordOf } from "../settings/schema.ts";
import type { NodeSettings } from "../settings/settings.ts";
import { consoleUrl } from "./console-url.ts";
import { oneLine } from "./exit.ts";
import type { Shell } from "./shell.ts";

declare const RUNDECK_SSM_VERSION: string;

type Debug = NonNullable<Log["debug"]>;

/** Has the run tell what it does, for a job that runs at Rundeck's DEBUG level; first of all, which program this is. */
export function openDebug(shell: Shell): void {
  const debug: Debug = (text) =>
    void shell.stderr.writeLine(`rundeck-ssm: debug: ${oneLine(text)}\n`);
  shell.log = { ...shell.log, debug };
  const place = shell.trace ? "in the sidecar" : "in a process of its own";
  debug(
    `rundeck-ssm-bridge ${RUNDECK_SSM_VERSION}, Node.js ${process.version}, ${place} (${process.pid})`,
  );
}

/** Every value that counts, with the layer that it came from. */
export function describeSettings({ sources, shown }: NodeSettings): string {
  const values = [...sources].map(
    ([name, source]) => `${name}=${shownAs(name, shown.get(name))} (${source})`,
  );
  return `settings: ${values.join(", ")}`;
}

/** A job's log is read by more people than its project's configuration. */
function shownAs(name: string, value: string | undefined): string {
  const isSecret = isSettingName(name) && recordOf(name).isSecret === true;
  if (isSecret || value === undefined) return "[secret]";
  if (name.endsWith("accessKeyId")) return `"…${value.slice(-5)}`;
  return value;
}

/** What a run reaches AWS by. */
export function openServicesOf(shell: Shell, asker: Asker): Services {
  const services = openFor(asker, shell);
  const { debug } = shell.log;
  return debug ? tellCommands(services, asker, debug) : services;
}

function openFor(asker: Asker, { openServices, clock }: Shell): Services {
  try {
    return openServices(asker, clock);
  } catch (error) {
    throw error instanceof BridgeError ? error.tellTo(asker.subject) : error;
  }
}

/** The services, which tell of each command that AWS accepts, and once who asks. */
function tellCommands(
  services: Services,
  { settings, execution }: Asker,
  debug: Debug,
): Services {
  const { ssm, describeCaller } = services;
  const { role } = chooseCredentials(settings.credentials, execution);
  const caller = role ? `, as ${sessionArn(role)}` : "";
  let isTold = false;
  return {
    ...services,
    ssm: {
      ...ssm,
      send: async (request, call) => {
        const command = await ssm.send(request, call);
        if (!isTold) debug(`credentials: ${describeCaller()}${caller}`);
        isTold = true;
        const url = consoleUrl(settings.region, command.commandId);
        debug(
          `command ${command.commandId}${url === undefined ? "" : `: ${url}`}`,
        );
        return command;
      },
    },
  };
}

/** Whom AWS sees in requests of an assumed role. Source: IAM user guide, "IAM identifiers", STS ARNs. */
function sessionArn({
  roleArn,
  sessionName,
}: {
  roleArn: string;
  sessionName: string;
}): string {
  const [partition, account, name] =
    /^arn:([\w-]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/
      .exec(roleArn)
      ?.slice(1) ?? [];
  return `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`;
}
