import { BridgeError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import type { Host, HostService } from "./host.ts";
import { isTooShort } from "./secure-values.ts";

/** An environment as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Groups that hold our own configuration, or secrets: never a remote command's business. */
const withheldGroups =
  /^RD_(?:CONFIG|NODEEXECUTOR|FILECOPIER|PLUGIN|PRIVATE|SECUREOPTION|EXEC|FILE_COPY)_/;
const secureGroups = /^RD_(?:PRIVATE|SECUREOPTION)_/;

/**
 * What Rundeck says about the execution, the node and the work to do.
 * @throws BridgeError `setting-missing` when the variable that holds the work is absent: then it was not Rundeck that started us.
 */
export function parseHost(
  environment: Environment,
  service: HostService,
): Host {
  const read = (name: string) => environment[name] ?? "";
  const work = (name: string) =>
    service === workOf[name] ? required(environment, name) : "";
  return {
    service,
    nodeName: read("RD_NODE_NAME"),
    execution: {
      project: read("RD_RUNDECK_PROJECT") || read("RD_JOB_PROJECT"),
      executionId: read("RD_JOB_EXECID"),
      jobGroup: read("RD_JOB_GROUP"),
      jobName: read("RD_JOB_NAME"),
      userName: read("RD_JOB_USERNAME") || read("RD_JOB_USER_NAME"),
      logLevel: read("RD_JOB_LOGLEVEL"),
    },
    command: work("RD_EXEC_COMMAND"),
    file: work("RD_FILE_COPY_FILE"),
    destination:
      service === "FileCopier" ? read("RD_FILE_COPY_DESTINATION") : "",
    variables: listVariables(environment),
    secureValues: listSecureValues(environment).map(
      (value) => new Secret(value),
    ),
  };
}

const workOf: Readonly<Record<string, HostService>> = {
  RD_EXEC_COMMAND: "NodeExecutor",
  RD_FILE_COPY_FILE: "FileCopier",
};

function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined) {
    throw new BridgeError(
      "setting-missing",
      `${name} is not set: this program is started by Rundeck; use the rundeck-ssm command to run it by hand`,
    );
  }
  return value;
}

function listSecureValues(environment: Environment): string[] {
  const values = Object.entries(environment)
    .filter(([name]) => secureGroups.test(name))
    .map(([, value]) => value ?? "");
  return [...new Set(values)].filter((value) => value !== "");
}

/** Rundeck repeats a secure option among the plain ones, so those are left out by name, and by a value that is no other's by chance. */
function listVariables(environment: Environment): Map<string, string> {
  const secure = new Set(listSecureValues(environment));
  const variables = new Map<string, string>();
  for (const name of Object.keys(environment).toSorted()) {
    const value = environment[name];
    if (value === undefined || !/^RD_\w+$/.test(name)) continue;
    if (withheldGroups.test(name)) continue;
    if (name.startsWith("RD_OPTION_")) {
      const option = name.slice("RD_OPTION_".length);
      if (environment[`RD_SECUREOPTION_${option}`] !== undefined) continue;
      if (secure.has(value) && !isTooShort(value)) continue;
    }
    variables.set(name, value);
  }
  return variables;
}
