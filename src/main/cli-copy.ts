import { BridgeError } from "../kernel/errors.ts";
import { layersFromOptions } from "../settings/options.ts";
import { parseCopierSettings } from "../settings/parse.ts";
import type { Arguments } from "./arguments.ts";
import { commandLineHost } from "./cli-exec.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./shell.ts";
import { runCopier } from "./run-copier.ts";

/** `rundeck-ssm copy --instance ID --region R [settings] FILE DESTINATION`: prints where the file is on the node. */
export async function copyCommand(
  shell: Shell,
  { options, words, rest }: Arguments,
): Promise<Ending> {
  const [file, destination, ...more] = [...words, ...rest];
  if (file === undefined || destination === undefined || more.length > 0)
    throw new BridgeError(
      "setting-missing",
      "a file and a destination are needed; write rundeck-ssm copy --instance ID --region REGION FILE DESTINATION",
    );
  const layers = layersFromOptions("FileCopier", options, shell.environment);
  shell.nodeName = layers.nodeName;
  const host = commandLineHost("FileCopier", layers.nodeName);
  const settings = parseCopierSettings(layers);
  return runCopier(shell, { ...host, file, destination }, settings);
}
