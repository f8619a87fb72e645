import { BridgeError } from "../kernel/errors.ts";
import type { Environment } from "../rundeck/environment.ts";
import type { Service } from "../rundeck/host.ts";
import type { Layers } from "../rundeck/layers.ts";
import { quote } from "./explain.ts";
import { schema } from "./schema.ts";

/** Names that stand for a setting on the command line. */
const aliases: Readonly<Record<string, string>> = { instance: "instanceId" };
/** Node attributes that are no settings, but say what the node is. */
const attributes = ["osFamily"];

/**
 * The layers of the command line: its options, then the environment. Rundeck's variables don't count there.
 * Names are compared without regard to case, since nobody remembers `ssm-accessKeyId`'s.
 * @throws BridgeError `setting-invalid` for an unknown option
 */
export function layersFromOptions(
  service: Service,
  given: Iterable<readonly [name: string, value: string]>,
  environment: Environment,
): Layers {
  const options = new Map<string, string>();
  for (const [name, value] of given) options.set(findName(name), value);
  return {
    service,
    nodeName: options.get("instanceId") ?? "",
    options,
    rundeck: {},
    environment,
  };
}

function findName(given: string): string {
  const wanted = (aliases[given] ?? given).toLowerCase();
  const name = [...Object.keys(schema), ...attributes].find(
    (known) => known.toLowerCase() === wanted,
  );
  if (name === undefined) {
    throw new BridgeError(
      "setting-invalid",
      `there is no option ${quote(`--${given}`)}: rundeck-ssm help lists them`,
    );
  }
  return name;
}
