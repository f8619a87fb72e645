import { zipSync } from "fflate";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/** The bytes of a zip with `folder` in it, the same for the same files: names in the order of their code units. */
export async function zipFolder(folder) {
  const files = (
    await readdir(folder, { recursive: true, withFileTypes: true })
  )
    .filter((item) => item.isFile())
    .map((item) => path.join(item.parentPath, item.name));
  const named = files.map((file) => [
    path.relative(path.dirname(folder), file).split(path.sep).join("/"),
    file,
  ]);
  const contents = {};
  for (const [name, file] of named.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    contents[name] = await readFile(file);
  return zipContents(contents);
}

/**
 * The bytes of a zip with these contents by name, in their order; without modes, and with one time for all.
 * A zip has local times without a zone: noon is there on every first of January, in every zone.
 */
export function zipContents(contents) {
  return zipSync(contents, { mtime: new Date(1980, 0, 1, 12), level: 9 });
}
