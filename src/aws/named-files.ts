import { statSync } from "node:fs";
import type { Stats } from "node:fs";
import path from "node:path";
import { getHomeDir } from "@smithy/core/config";
import { wrongEnvironment } from "../kernel/errors.ts";
import type { Environment } from "./proxy.ts";

/** Variables that name files which the SDK reads. Source: AWS SDKs Reference Guide, "Environment variables". */
export const fileVariables = [
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/**
 * From a pipe that nobody writes to the SDK would read for ever, some of it while nothing else can be done, and Node ends no process before
 * a read is over. What is not there is the SDK's to tell.
 * @throws BridgeError `setting-invalid`
 */
export function refusePipes(environment: Environment): void {
  for (const variable of fileVariables) {
    const file = environment[variable];
    if (file && isPipe(file))
      throw wrongEnvironment(
        `${variable} in the server's environment names ${file}, which is a pipe, and no file: correct it, or remove it`,
      );
  }
}

/** The two files of profiles, as the SDK finds them: what is set up, and keys. */
export function listProfileFiles(
  environment: Environment,
): readonly [config: string, keys: string] {
  const folder = path.join(getHomeDir(), ".aws");
  return [
    environment["AWS_CONFIG_FILE"] || path.join(folder, "config"),
    environment["AWS_SHARED_CREDENTIALS_FILE"] ||
      path.join(folder, "credentials"),
  ];
}

/** What is another when a file has been written or replaced. */
export function stateOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`;
}

/** The same by its name; empty where there is none. */
export function stateOfFile(file: string): string {
  try {
    return stateOf(statSync(file));
  } catch {
    return "";
  }
}

function isPipe(file: string): boolean {
  try {
    const found = statSync(file);
    return found.isFIFO() || found.isSocket();
  } catch {
    return false;
  }
}
