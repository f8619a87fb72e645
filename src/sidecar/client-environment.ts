import { secretNames } from "./environment.ts";

/**
 * The environment that a client would have given to a process of its own: what entry.sh imports from the Rundeck server's, by the same
 * rules. `plugin/entry.sh` tells the reasons; test/sidecar/client-environment.test.ts compares the two.
 */

/** A process's environment, and its parent. Throws where it can't be read. */
export type Family = {
  environ(pid: number): ReadonlyMap<string, string>;
  parent(pid: number): number;
};

const levels = 3;

export function importServerEnvironment(
  pid: number,
  family: Family,
): Map<string, string> {
  const own = new Map(family.environ(pid));
  let shared: Shared = { same: [], isHandedDown: false };
  let ancestor = family.parent(pid);
  for (let level = 0; level < levels; level += 1) {
    shared = takeFrom(ancestor, own, family);
    if (!isBetween(shared.same, own)) break;
    ancestor = family.parent(ancestor);
  }
  if (shared.isHandedDown) forget(shared.same, own);
  forgetStrangers(own);
  return own;
}

/** Which RD_* are the same there, and whether what is there has been handed down. */
type Shared = { same: string[]; isHandedDown: boolean };

/** bash's own, and what it keeps to itself. */
const passedOver =
  /^(?:PWD|OLDPWD|SHLVL|_|SHELL|TERM|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|UID|EUID|PPID|BASH.*)$/;
const wanted =
  /^(?:AWS_.*|RUNDECK_SSM_.*|SSM_BRIDGE_NODE|HOME|PATH|NODE_EXTRA_CA_CERTS|NO_PROXY|no_proxy)$/;
const secrets: ReadonlySet<string> = new Set(secretNames);

/** Whether a variable of the server's environment counts for the plugin. */
export function counts(name: string): boolean {
  return wanted.test(name) || secrets.has(name);
}

function takeFrom(
  ancestor: number,
  own: Map<string, string>,
  family: Family,
): Shared {
  const shared: Shared = { same: [], isHandedDown: false };
  let hasOthers = false;
  let environ: ReadonlyMap<string, string>;
  try {
    environ = family.environ(ancestor);
  } catch {
    return shared; // another user's: Rundeck 6 gives us all anyway
  }
  for (const [name, value] of environ) {
    if (!/^[A-Za-z_]\w*$/.test(name) || passedOver.test(name)) continue;
    const isRundecks = name.startsWith("RD_");
    hasOthers ||= !isRundecks;
    if (!own.has(name)) {
      if (counts(name)) own.set(name, value);
      continue;
    }
    if (own.get(name) !== value) continue;
    if (isRundecks) shared.same.push(name);
    else shared.isHandedDown = true;
  }
  return hasOthers ? shared : { ...shared, isHandedDown: true };
}

/** Something that was put between Rundeck and us has this very work in its environment. */
function isBetween(
  same: readonly string[],
  own: ReadonlyMap<string, string>,
): boolean {
  const hasWork = ["RD_EXEC_COMMAND", "RD_FILE_COPY_FILE"].some((name) =>
    same.includes(name),
  );
  return hasWork && (!own.has("RD_NODE_NAME") || same.includes("RD_NODE_NAME"));
}

const rundecksWord =
  /^RD_(?:EXEC_COMMAND|FILE_COPY_.*|NODE_NAME|NODE_HOSTNAME|RUNDECK_.*|PLUGIN_.*)$/;

function forget(same: readonly string[], own: Map<string, string>): void {
  for (const name of same) if (!rundecksWord.test(name)) own.delete(name);
}

function forgetStrangers(own: Map<string, string>): void {
  for (const name of own.keys())
    if (
      /^(?:BASH_ENV|ENV|SSLKEYLOGFILE|NODE_.*)$/.test(name) &&
      name !== "NODE_EXTRA_CA_CERTS"
    )
      own.delete(name);
}
