import { homedir } from "node:os";
import path from "node:path";

/** Where a user's programs keep what they can do without. Source: XDG Base Directory Specification. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const base = environment["XDG_CACHE_HOME"] || path.join(homedir(), ".cache");
  return path.join(base, "rundeck-ssm");
}
