import { startEntry } from "./contenders.ts";
import type { Contender } from "./contenders.ts";
import type { Surroundings } from "./measure.ts";

/** Where copies are measured. */
export type Copying = {
  surroundings: Surroundings;
  instanceId: string;
  bucket: string;
  /** For files of the bench's own. */
  folder: string;
};

/** The plugin's file copier, as Rundeck 5 starts it. */
export function copier(
  file: string,
  destination: string,
  settings: Record<string, string> = {},
): Contender {
  return {
    name: "rundeck-ssm",
    start: ({ instanceId }) =>
      startEntry("aws-ssm-copier.sh", instanceId, {
        RD_FILE_COPY_FILE: file,
        RD_FILE_COPY_DESTINATION: destination,
        ...settings,
      }),
  };
}
