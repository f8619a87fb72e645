import { consoleOf } from "../kernel/partition.ts";

/** Where AWS's console shows a command, if that is known. */
export function consoleUrl(
  region: string,
  commandId: string,
): string | undefined {
  const console = consoleOf(region);
  return console === undefined
    ? undefined
    : `${console}/systems-manager/run-command/${commandId}?region=${region}`;
}
