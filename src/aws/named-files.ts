import { statSync } from "node:fs";
import { wrongEnvironment } from "../kernel/errors.ts";
import type { Environment } from "./proxy.ts";

/** Variables that name files which the SDK reads. Source: AWS SDKs Reference Guide, "Environment variables". */
const variables = [
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
  for (const variable of variables) {
    const file = environment[variable];
    if (file && isPipe(file))
      throw wrongEnvironment(
        `${variable} in the server's environment names ${file}, which is a pipe, and no file: correct it, or remove it`,
      );
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
