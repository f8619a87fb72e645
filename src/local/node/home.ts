import { constants, symlinkSync } from "node:fs";
import { access, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Platform } from "./facts.ts";

/** A node's own folder: all that its commands find and leave. */
export type Home = {
  /** Working directory of commands; relative files land here. */
  folder: string;
  temporaryFolder: string;
  orchestrationFolder: string;
  /** What `PATH` is for commands. */
  path: string;
};

/** Which programs a node has. Absent: the machine's own. */
export type NodeTools = {
  /** The node's `sh`: absolute path of dash, bash or busybox. */
  sh?: string;
  /** Programs by name (`{ aws: "/opt/bin/aws" }`), found before the machine's. */
  add?: Record<string, string>;
  /** Names that the node lacks (`["curl", "wget", "aws"]`). */
  without?: string[];
  /** Names that the node has, and nothing else: a bare image. */
  only?: string[];
};

/** PATH of an agent that systemd started. */
const standardPath =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export async function openHome(
  root: string,
  instanceId: string,
  tools: NodeTools,
): Promise<Home> {
  const folder = join(root, instanceId);
  const home = {
    folder,
    temporaryFolder: join(folder, "tmp"),
    orchestrationFolder: join(
      folder,
      `var/lib/amazon/ssm/${instanceId}/document/orchestration`,
    ),
  };
  await mkdir(home.temporaryFolder, { recursive: true });
  await mkdir(home.orchestrationFolder, { recursive: true });
  return { ...home, path: await layTools(join(folder, "bin"), tools) };
}

/** Makes the node's own `bin` where its tools differ from the machine's; answers the PATH. */
async function layTools(bin: string, tools: NodeTools): Promise<string> {
  const { sh, add = {}, without = [], only } = tools;
  const own = { ...add, ...(sh === undefined ? {} : { sh }) };
  const selective = without.length > 0 || only !== undefined;
  if (!selective && Object.keys(own).length === 0) return standardPath;
  await mkdir(bin, { recursive: true });
  const machine = selective ? await machineTools() : new Map<string, string>();
  const wanted = [...machine].filter(
    ([name]) =>
      !without.includes(name) &&
      (only === undefined || only.includes(name)) &&
      !(name in own),
  );
  // Some 1,500 of them: waiting for each in turn takes a second.
  for (const [name, target] of [...wanted, ...Object.entries(own)])
    symlinkSync(target, join(bin, name));
  return selective ? bin : `${bin}:${standardPath}`;
}

/** Name → path of every program in the standard folders; the first folder wins, as in a PATH. */
async function machineTools(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of standardPath.split(":"))
    for (const name of await readdir(folder).catch(() => []))
      if (!found.has(name)) found.set(name, join(folder, name));
  return found;
}

/** The agent's environment for commands. Of ours is TMPDIR, and where AWS's clients look for files: local nodes share one machine. */
export function environmentOf(
  home: Home,
  node: { instanceId: string; region: string; platform: Platform },
  commandId: string,
): Record<string, string> {
  return {
    PATH: home.path,
    LANG: "C.UTF-8",
    PWD: home.folder,
    SSM_COMMAND_ID: commandId,
    AWS_SSM_INSTANCE_ID: node.instanceId,
    AWS_SSM_REGION_NAME: node.region,
    AWS_SSM_PLATFORM_NAME: node.platform.name,
    AWS_SSM_PLATFORM_VERSION: node.platform.version,
    TMPDIR: home.temporaryFolder,
    // a client's own files are the node's, too, and not those of whoever runs the local AWS
    AWS_CONFIG_FILE: join(home.folder, ".aws", "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(home.folder, ".aws", "credentials"),
  };
}

/** Where the agent finds a program, or undefined if the node has none of that name. */
export async function findProgram(
  home: Home,
  name: string,
): Promise<string | undefined> {
  for (const folder of home.path.split(":")) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
