import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Asked } from "../sidecar/ask.ts";
import type { Check, Finding } from "./check.ts";
import type { Server } from "./server.ts";

/** What this process is, and the server that it looks at. */
export type Program = {
  version: string;
  /** Node's own: "20.20.0". */
  nodeVersion: string;
  nodePath: string;
  bashVersion: string;
  /** Where the plugin's files are. */
  folder: string;
  user: { uid: number; name: string };
  /** Absent: none was found. */
  server?: Server;
  /** Names in whose value the server's environment differed from ours before it took its place. */
  differing: readonly string[];
  sidecars: readonly Asked[];
};

/** What runs, where, and as whom. */
export function checkProgram(program: Program): Check[] {
  const findings: [string, Finding][] = [
    ["version", checkVersion(program)],
    ["node", checkNode(program)],
    ["bash", checkBash(program)],
    ["server", checkServer(program)],
    ...checkEnvironment(program),
    ["sidecar", checkSidecar(program)],
  ];
  return findings.map(([name, finding]) => ({
    stage: "program",
    name,
    ...finding,
  }));
}

const pluginFile = /^rundeck-ssm-bridge-(.+)\.(?:zip|jar)$/;

/** Rundeck takes the highest version that lies there. */
function checkVersion({ version, folder, server }: Program): Finding {
  const says = `rundeck-ssm-bridge ${version}, in ${folder}`;
  const found = libextFolders(folder, server).flatMap((libext) =>
    listFiles(libext).flatMap((name) => {
      const other = pluginFile.exec(name)?.[1];
      return other === undefined ? [] : [path.join(libext, name)];
    }),
  );
  const others = found.filter(
    (file) => pluginFile.exec(path.basename(file))?.[1] !== version,
  );
  if (others.length === 0) return { state: "ok", says };
  const isBeside = found.length > others.length || isCached(folder);
  return {
    state: "warning",
    says: `${says}; ${isBeside ? "another version lies beside it" : "the Rundeck server has another version"}: ${others.join(", ")}`,
    remedy: isBeside
      ? "Rundeck takes the highest version: delete the other file"
      : "run the command of the version that the server has, or put this one into its libext",
  };
}

function isCached(folder: string): boolean {
  return path.basename(path.dirname(folder)) === "cache";
}

/** Rundeck unpacks a plugin into `libext/cache`. Source: Rundeck Administrator Guide, "Installing plugins". */
function libextFolders(folder: string, server?: Server): string[] {
  const own = isCached(folder) ? [path.dirname(path.dirname(folder))] : [];
  const home = server?.environment?.get("HOME");
  const bases = [server?.base, home].filter((base) => base !== undefined);
  return [
    ...new Set([...own, ...bases.map((base) => path.join(base, "libext"))]),
  ];
}

function listFiles(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch {
    return []; // not for us to read
  }
}

/** The SDK's releases after the first week of January 2027 need Node.js 22. Source: the SDK's own warning. */
function checkNode({ nodeVersion, nodePath }: Program): Finding {
  const says = `Node.js ${nodeVersion}, ${nodePath}`;
  const major = Number(nodeVersion.split(".")[0]);
  if (major >= 22) return { state: "ok", says };
  return {
    state: "warning",
    says: `${says}: no longer maintained, and AWS's SDK supports it only until January 2027`,
    remedy:
      "install Node.js 22 or newer on the Rundeck server before you install a version of the plugin of 2027",
  };
}

function checkBash({ bashVersion }: Program): Finding {
  return bashVersion === ""
    ? { state: "unknown", says: "its version could not be asked for" }
    : { state: "ok", says: `bash ${bashVersion}` };
}

function checkServer({ server, user }: Program): Finding {
  if (!server)
    return {
      state: "unknown",
      says: `no process of a Rundeck server was found on this machine, or several; this is user ${user.name}`,
      remedy:
        "name it by --server-pid, so that its environment and user are looked at",
    };
  const says = `process ${server.pid}, user ${server.user}`;
  if (server.uid === user.uid) return { state: "ok", says: `${says}, as we` };
  const command = `sudo -u ${server.user} rundeck-ssm doctor --server-pid ${server.pid}`;
  return {
    state: "warning",
    says: server.environment
      ? `${says}; we are ${user.name}, and may read files that it may not`
      : `${says}; we are ${user.name}, and may not read its environment: what follows is for ours`,
    remedy: `run it as that user: ${command}`,
  };
}

function checkEnvironment({ server, differing }: Program): [string, Finding][] {
  if (!server?.environment) return [];
  const says =
    differing.length === 0
      ? "the server's, which is ours"
      : `the server's counts; ours differs in ${differing.join(", ")}`;
  return [["environment", { state: "ok", says }]];
}

function checkSidecar({ sidecars, server, user }: Program): Finding {
  if (server && server.uid !== user.uid)
    return {
      state: "unknown",
      says: `only its own user, ${server.user}, can ask it`,
    };
  if (sidecars.length === 0)
    return {
      state: "ok",
      says: "none is running; an execution starts one where ssm-sidecar is auto",
    };
  const silent = sidecars.find(isSilent);
  if (silent)
    return {
      state: "warning",
      says: `sidecar ${silent.pid} of server ${silent.serverPid} ${silent.state === "stopped" ? "is stopped" : "does not answer"}: executions go on without it`,
      remedy: `kill -KILL ${silent.pid} ends it; the next execution starts another`,
    };
  return { state: "ok", says: sidecars.flatMap(describeSidecar).join("; ") };
}

function isSilent(asked: Asked): asked is Exclude<Asked, { state: "answers" }> {
  return asked.state !== "answers";
}

function describeSidecar(asked: Asked): string[] {
  if (asked.state !== "answers") return [];
  const { pid, serverPid, version, runs } = asked.status;
  return [
    `${pid} of server ${serverPid}, version ${version}, ${runs.running} running`,
  ];
}
