import { BridgeError } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Service } from "../rundeck/host.ts";
import type { Layers } from "../rundeck/layers.ts";
import { optionName } from "../rundeck/naming.ts";
import { quote } from "./explain.ts";
import { settingNames } from "./schema.ts";

/** Names that stand for a setting on the command line. */
const aliases = new Map([[optionName("instanceId"), "instanceId"]]);
/** Node attributes that are no settings, but say what the node is. */
const attributes = ["osFamily"];

/**
 * The layers of the command line: its options, then the environment. Rundeck's variables don't count there.
 * Names are compared without regard to case, since nobody remembers `ssm-accessKeyId`'s.
 * @throws BridgeError `setting-invalid` for an unknown option, or one by two names
 */
export function layersFromOptions(
  service: Service,
  written: Iterable<readonly [name: string, value: string]>,
  environment: Environment,
): Layers {
  const { options, typed } = nameOptions(written, findName);
  return {
    service,
    nodeName: options.get("instanceId") ?? "",
    options,
    typed,
    rundeck: {},
    environment,
  };
}

/**
 * Options by what each stands for, and how it was typed. Of one by two names (`--ssm-profile`, `--SSM-Profile`) the first would be dropped
 * without a word.
 * @throws BridgeError `setting-invalid`
 */
export function nameOptions(
  written: Iterable<readonly [given: string, value: string]>,
  nameOf: (given: string) => string,
): { options: Map<string, string>; typed: Map<string, string> } {
  const options = new Map<string, string>();
  const typed = new Map<string, string>();
  for (const [given, value] of written) {
    const name = nameOf(given);
    const twin = typed.get(name);
    if (twin !== undefined)
      throw new BridgeError(
        "setting-invalid",
        `options --${twin} and --${given} are the same, which takes one value: give it once`,
      );
    options.set(name, value);
    typed.set(name, given);
  }
  return { options, typed };
}

/** The setting that an option stands for, if it does. */
export function findOption(given: string): string | undefined {
  const wanted = (aliases.get(given) ?? given).toLowerCase();
  return [...settingNames, ...attributes].find(
    (known) => known.toLowerCase() === wanted,
  );
}

function findName(given: string): string {
  const name = findOption(given);
  if (name === undefined) {
    throw new BridgeError(
      "setting-invalid",
      `there is no option ${quote(`--${given}`)}: rundeck-ssm help lists them`,
    );
  }
  return name;
}
