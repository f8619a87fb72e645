import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { TextDecoder } from "node:util";
import type { Environment } from "./environment.ts";
import { parseProperties } from "./properties.ts";

export type Properties = ReadonlyMap<string, string>;

/** Far above any real one: a wrong path must not cost memory. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Rundeck's raw properties, as far as its files can be read: `absent` is not an error, since databases hold them too.
 * Both files are read on every start. They are small, and only they tell the layers apart that Rundeck's own answer hides.
 * Source: Rundeck Administrator Guide, "Configuration file reference" and "Project settings".
 */
export async function readPropertyFiles(
  environment: Environment,
  signal: AbortSignal,
): Promise<{ project?: Properties; framework?: Properties }> {
  const base = environment["RD_RUNDECK_BASE"] ?? "";
  const framework = await readFirst(frameworkPaths(base), signal);
  const folders = projectFolders(base, framework);
  const project = await readFirst(
    projectPaths(folders, environment["RD_RUNDECK_PROJECT"] ?? ""),
    signal,
  );
  return {
    ...(project ? { project } : {}),
    ...(framework ? { framework } : {}),
  };
}

function frameworkPaths(base: string): string[] {
  const installed = "/etc/rundeck/framework.properties";
  return base === ""
    ? [installed]
    : [join(base, "etc", "framework.properties"), installed];
}

function projectFolders(base: string, framework?: Properties): string[] {
  const configured = framework?.get("framework.projects.dir") ?? "";
  return [configured, base === "" ? "" : join(base, "projects")].filter(
    (folder) => folder !== "",
  );
}

/** A project's name becomes one path segment: whoever chooses names must not choose files. */
function projectPaths(folders: readonly string[], project: string): string[] {
  return isPathSegment(project)
    ? folders.map((folder) =>
        join(folder, project, "etc", "project.properties"),
      )
    : [];
}

function isPathSegment(name: string): boolean {
  return name !== "" && !/^\.+$|[/\\\0]/.test(name);
}

async function readFirst(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Properties | undefined> {
  for (const path of paths) {
    try {
      const found = await stat(path);
      if (found.isFile() && found.size <= maxBytes)
        return parseProperties(decode(await readFile(path, { signal })));
    } catch {
      signal.throwIfAborted();
      // Missing, or not ours to read: the next one, or Rundeck's own answer.
    }
  }
  return undefined;
}

/** Java reads Latin-1; people write UTF-8. What is valid UTF-8 is meant as such. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
