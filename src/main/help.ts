import type { Service } from "../rundeck/host.ts";
import { optionName, ownVariableName } from "../rundeck/naming.ts";
import { describe, listEntries, type Entry } from "../settings/form.ts";
import { policyHelp } from "../policy/help.ts";
import {
  describeSourceEntry,
  listSourceEntries,
} from "../settings/node-source-form.ts";

/** What `rundeck-ssm help` prints. */
export const overview = `rundeck-ssm: commands on machines through AWS Systems Manager, as Rundeck's plugin runs them

  rundeck-ssm exec --instance ID --region REGION [--SETTING VALUE]… -- COMMAND
      runs a command and ends with its exit code
  rundeck-ssm copy --instance ID --region REGION [--SETTING VALUE]… FILE DESTINATION
      copies a file, verifies it, and prints where it is
  rundeck-ssm nodes [--regions a,b|all] [--role-arns ARN,…] [--filter NAME=VALUE;…] [--format table|json|yaml|resourcejson]
      the managed nodes, as the node source gives them to Rundeck
  rundeck-ssm doctor [--instance ID]… [--run] [--json] [--server-pid PID] [--SETTING VALUE]…
      what works and what does not, from the program to the node, and what to do; nothing has an effect without --run
  rundeck-ssm sidecar status [--json] | stop | metrics  [--server PID]
      the process that the executions of a Rundeck server share: what it does, end it, figures for Prometheus
  rundeck-ssm policy KIND [--SETTING VALUE]… [--format json|terraform|cloudformation]
      the least policy for these settings: for the executor, the copier, the nodes, the bucket, its key, a role's trust, or all
  rundeck-ssm local [--port P] [--nodes N] [--windows N] [--bucket NAME] [--log-group NAME] [--tps N]
      a local AWS (Run Command, S3, CloudWatch Logs, STS, EC2) whose nodes really run commands here;
      in the project's repository alone
  rundeck-ssm --version
  rundeck-ssm help [COMMAND], rundeck-ssm COMMAND --help
      all settings that a command takes

Settings are the plugin's, by the same names: --ssm-profile, --ssm-execution-timeout, --ssm-run-as, …
Credentials come from the settings, or from where every AWS client takes them.
`;

const services: ReadonlyMap<string, readonly Service[]> = new Map([
  ["exec", ["NodeExecutor"]],
  ["copy", ["FileCopier"]],
  ["doctor", ["NodeExecutor", "FileCopier"]],
]);
const others = new Set(["", "help", "local", "version"]);

const sidecar = `
sidecar has no settings. It speaks of all sidecars of the user that runs it, on this machine: as a rule the Rundeck server's user.
--server PID asks those of one Rundeck server alone, by its process id.

  status   a table: executions, calls of AWS made and saved, rates learned
  status --json
           the same as a list of objects, alone on stdout; [] where no sidecar runs
  stop     no new executions; it ends after those that are under way. The next execution starts another one
  metrics  the figures in Prometheus' text format; ssm-metrics-file has them written to a file, too

Where no sidecar runs each says so on stderr, and ends with 0. One that does not answer within three seconds is told of: status ends
with 0 even so, stop and metrics with 75.
`;

const doctor = `
doctor looks, in this order, at the program, the settings, the network, the credentials, their permissions, and the node; what depends
on something that is wrong is skipped. It prints a line a check: ✓ well, ! worked around, ✗ makes executions fail, ? can't be known,
– not tried; below a ✗ or ! what to do. It ends with 0 where there is no ✗, else with the exit code of an execution that meets the first one.

  --instance ID     a node; several are looked at one after the other, none leaves out the node
  --run             also runs a command on each node, and says what it takes and what the node has
  --json            the same as an object, alone on stdout
  --server-pid PID  the Rundeck server's process, whose environment counts; without it, the one that is found on this machine
`;

/** What `rundeck-ssm help COMMAND` and `rundeck-ssm COMMAND --help` print, if there is such a command. */
export function helpOf(command: string): string | undefined {
  if (command === "sidecar") return overview + sidecar;
  if (command === "policy") return overview + policyHelp;
  if (command === "nodes") return overview + composeNodesHelp();
  const taken = services.get(command);
  if (!taken) return others.has(command) ? overview : undefined;
  const settings = listEntries()
    .filter(({ services: of }) => of.some((service) => taken.includes(service)))
    .filter(({ scope }) => !scope)
    // the doctor's own may be given several times, and is told above
    .filter(({ name }) => command !== "doctor" || name !== "instanceId")
    .map(describeOption);
  const more = command === "doctor" ? doctor : "";
  return `${overview}${more}\n${command} takes:\n\n${settings.join("")}`;
}

function composeNodesHelp(): string {
  const options = listSourceEntries().filter(
    ({ name }) => name !== "ssm-node-path",
  );
  const lines = options.map((entry) => {
    const head = entry.isSecret
      ? `${ownVariableName(entry.name)} in the environment`
      : `--${entry.name} VALUE`;
    return `  ${head}\n      ${describeSourceEntry(entry)}\n`;
  });
  return `
nodes prints the whole list, or nothing: what can't be asked is taken from the last good answer, or it ends with the code of the failure.

${lines.join("")}  --format table|json|yaml|resourcejson
      Default: table. yaml and resourcejson are Rundeck's own forms.
`;
}

function describeOption(entry: Entry): string {
  const { name, choices, isSecret } = entry;
  // an option is for everybody on the machine to see
  if (isSecret)
    return `  ${ownVariableName(name)} in the environment\n      ${entry.title}\n`;
  const values = choices ? ` One of: ${choices.join(", ")}.` : "";
  return `  --${optionName(name)} VALUE\n      ${describe(entry)}${values}\n`;
}
