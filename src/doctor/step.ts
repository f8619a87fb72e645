import type { Environment } from "../rundeck/environment.ts";
import type { Layers } from "../rundeck/layers.ts";
import { variableName } from "../rundeck/naming.ts";

/** The settings that the node step has as fields of its own: Rundeck opens a Key Storage path of theirs. */
const fields: ReadonlySet<string> = new Set([
  "ssm-accessKeyId",
  "ssm-secretKey",
  "ssm-rundeck-url",
  "ssm-rundeck-token",
]);

/** What Rundeck tells the step, and where Rundeck itself is: with a token the project's properties are asked for there. */
export function withServerUrl(environment: Environment): Environment {
  const url = variableName("CONFIG", "ssm-rundeck-url");
  return environment[url]?.trim()
    ? environment
    : { ...environment, [url]: environment["RD_JOB_SERVERURL"] };
}

/** The layers of an execution, for the node step `aws-ssm-doctor`: Rundeck's answers there are for the step's fields, and no other plugin's. */
export function layersOfStep(layers: Layers): Layers {
  const own = new Set([...fields].map((name) => variableName("CONFIG", name)));
  const kept = Object.entries(layers.rundeck).filter(
    ([name]) => !name.startsWith("RD_CONFIG_") || own.has(name),
  );
  return {
    ...layers,
    stepProperties: fields,
    rundeck: Object.fromEntries(kept),
  };
}
