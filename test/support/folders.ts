import { renameSync, rmSync } from "node:fs";

/** Removes a folder from which a process may still run, or in which it may make one more file: by this name it finds none. */
export function removeFolder(folder: string): void {
  const ended = `${folder}-ended`;
  renameSync(folder, ended);
  rmSync(ended, { recursive: true });
}
