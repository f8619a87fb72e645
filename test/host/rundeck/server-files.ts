import { copyFile, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { removeFolder } from "../../support/folders.ts";

export type Properties = Record<string, string>;

/** What an operator would configure: nodes by name, both property files, and Key Storage (path → secret). */
export type ServerConfig = {
  nodes?: Record<string, Properties>;
  project?: Properties;
  framework?: Properties;
  keys?: Record<string, string>;
};

export type ServerFiles = Disposable & {
  folder: string;
  /** The harness's options that point at the files. */
  options: string[];
};

/** A fresh server: its own base folder, its own libext with a copy of the zip, since Rundeck extracts beside it. */
export async function layOutServer(
  zip: string,
  config: ServerConfig,
): Promise<ServerFiles> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "rundeck-host-"));
  const libext = path.join(folder, "libext");
  await mkdir(libext);
  await copyFile(zip, path.join(libext, path.basename(zip)));

  const files: Record<string, string> = {
    "nodes.json": JSON.stringify(withNames(config.nodes ?? {})),
    "keys.json": JSON.stringify(config.keys ?? {}),
    "project.properties": propertiesText(config.project ?? {}),
    "framework.properties": propertiesText(config.framework ?? {}),
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(path.join(folder, name), text);

  const options = ["--libext", libext, "--base", path.join(folder, "base")];
  options.push("--nodes", path.join(folder, "nodes.json"));
  options.push("--keys", path.join(folder, "keys.json"));
  options.push("--project-props", path.join(folder, "project.properties"));
  options.push("--framework-props", path.join(folder, "framework.properties"));
  return {
    folder,
    options,
    [Symbol.dispose]: () => removeFolder(folder),
  };
}

function withNames(
  nodes: Record<string, Properties>,
): Record<string, Properties> {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, attributes]) => [
      name,
      { nodename: name, hostname: name, ...attributes },
    ]),
  );
}

/** Java's .properties syntax: backslashes and line ends escaped, a leading space too. */
function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => {
      const escaped = value
        .replaceAll("\\", "\\\\")
        .replaceAll("\n", "\\n")
        .replace(/^ /, "\\ ");
      return `${name}=${escaped}\n`;
    })
    .join("");
}
