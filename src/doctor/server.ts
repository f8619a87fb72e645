import { readdirSync, readFileSync } from "node:fs";
import { counts } from "../sidecar/client-environment.ts";
import { ownerOf, readEnviron } from "../sidecar/proc.ts";

/** The Rundeck server's process. */
export type Server = {
  pid: number;
  uid: number;
  user: string;
  /** Absent where we may not read it: another user's. */
  environment?: ReadonlyMap<string, string>;
  /** Its folder, where its command line tells. */
  base?: string;
};

/** A process on this machine: the one that was named, else the one that looks like a Rundeck server. Undefined where there is none, or several. */
export function findServer(pid?: number): Server | undefined {
  const pids = pid === undefined ? listServers() : [pid];
  const [only] = pids;
  return only !== undefined && pids.length === 1
    ? describeServer(only)
    : undefined;
}

/** Processes whose program is Java and whose arguments name Rundeck. Source: the packages' rundeckd, the image's entry. */
function listServers(): number[] {
  return listPids().filter((pid) => {
    const [program = "", ...words] = argumentsOf(pid);
    return /(?:^|\/)java$/.test(program) && words.some(namesRundeck);
  });
}

function namesRundeck(word: string): boolean {
  return /^-Drdeck\.base=|(?:^|\/)rundeck[^/]*\.war$|^com\.dtolabs\.rundeck\./.test(
    word,
  );
}

function describeServer(pid: number): Server | undefined {
  try {
    const uid = ownerOf(pid);
    const base = argumentsOf(pid)
      .map((word) => /^-Drdeck\.base=(.+)$/.exec(word)?.[1])
      .find((found) => found !== undefined);
    const environment = environmentOf(pid);
    return {
      pid,
      uid,
      user: nameUser(uid),
      ...(environment ? { environment } : {}),
      ...(base === undefined ? {} : { base }),
    };
  } catch {
    return undefined; // it is gone
  }
}

function environmentOf(pid: number): ReadonlyMap<string, string> | undefined {
  try {
    return readEnviron(pid);
  } catch {
    return undefined; // another user's
  }
}

function listPids(): number[] {
  try {
    return readdirSync("/proc").filter(isNumber).map(Number);
  } catch {
    return []; // not Linux
  }
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it is gone
  }
}

/** A user's name, or its number where no file has one. */
export function nameUser(uid: number): string {
  try {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((entry) => entry.split(":")[2] === String(uid));
    return line?.split(":")[0] ?? `uid ${uid}`;
  } catch {
    return `uid ${uid}`;
  }
}

/** Puts the server's environment in place of ours, for what counts; what was set for this very run by RUNDECK_SSM_* stays. Answers the names that differed. */
export function adoptEnvironment(
  own: NodeJS.ProcessEnv,
  server: ReadonlyMap<string, string>,
): string[] {
  const names = new Set([...Object.keys(own), ...server.keys()]);
  const differing = [...names].filter(
    (name) =>
      counts(name) &&
      own[name] !== server.get(name) &&
      !(name.startsWith("RUNDECK_SSM_") && own[name] !== undefined) &&
      // the entry has set it for this process
      name !== "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
  );
  for (const name of differing) {
    const value = server.get(name);
    if (value === undefined) delete own[name];
    else own[name] = value;
  }
  return differing.toSorted();
}
