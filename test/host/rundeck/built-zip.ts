import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

const root = path.join(import.meta.dirname, "..", "..", "..");

/** The zip of `npm run build`. It is not built here: other tests may be reading dist/ at the same moment. */
export async function findBuiltZip(): Promise<string> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(root, "package.json"), "utf8")));
  const zip = path.join(root, "dist", `rundeck-ssm-bridge-${version}.zip`);
  const builtMs = await changedMs(zip);
  if (builtMs === undefined)
    throw new Error(`${zip} does not exist: npm run build`);
  if (builtMs < (await newestSourceMs()))
    throw new Error(`${zip} is older than src: npm run build`);
  return zip;
}

async function newestSourceMs(): Promise<number> {
  const files = await readdir(path.join(root, "src"), {
    recursive: true,
    withFileTypes: true,
  });
  const times = files
    .filter((file) => file.isFile())
    // the local AWS is no part of the plugin's bundle
    .map((file) => path.join(file.parentPath, file.name))
    .filter((file) => !file.startsWith(path.join(root, "src", "local")))
    .concat(path.join(root, "plugin.yaml"))
    .map(async (file) => (await changedMs(file)) ?? 0);
  return Math.max(...(await Promise.all(times)));
}

async function changedMs(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}
