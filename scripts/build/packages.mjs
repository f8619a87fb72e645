import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/** Licences that ask for no more than their text and notices beside the program. */
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);
const licenceFile = /^(?:licen[cs]e|copying)(?:[.-]|$)/i;
const noticeFile = /^(?:notice|third[-_]?party)/i;

/**
 * Every package of which something is in the bundles, with its licence's text, its notices, and what it needs of the others; and what our own code needs.
 * Throws for a package whose licence is missing or not allowed.
 */
export async function listPackages(metafile) {
  const used = Object.values(metafile.outputs).flatMap((output) =>
    Object.keys(output.inputs),
  );
  const folders = inOrder(used.map(folderOf));
  const lock = JSON.parse(await readFile("package-lock.json", "utf8")).packages;
  const found = await Promise.all(
    folders.map((folder) => readPackage(folder, lock)),
  );
  const wrong = found.flatMap((item) => problems(item, found));
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const packages = found.map((item) => ({
    ...item,
    licenceText: item.licenceText ?? sibling(item, found).licenceText,
    needs: needsOf(item.folder, folders, metafile),
  }));
  return { packages, needs: needsOf(undefined, folders, metafile) };
}

/** `node_modules/a/node_modules/@b/c/x.js` → `node_modules/a/node_modules/@b/c`; nothing for a file of ours. */
function folderOf(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** What a package in `folder` says of itself, and its SHA-512 by the packages of a lockfile. */
export async function readPackage(folder, lock) {
  const manifest = JSON.parse(
    await readFile(path.join(folder, "package.json"), "utf8"),
  );
  const files = (await readdir(folder)).toSorted();
  const text = async (name) =>
    (await readFile(path.join(folder, name), "utf8"))
      .replaceAll("\r\n", "\n")
      .replaceAll(/^\n+|\s+$/g, "");
  const licence = files.find((name) => licenceFile.test(name));
  return {
    folder,
    name: manifest.name,
    version: manifest.version,
    licence: manifest.license,
    licenceText: licence === undefined ? undefined : await text(licence),
    notices: await Promise.all(
      files.filter((name) => noticeFile.test(name)).map(text),
    ),
    repository: repositoryOf(manifest),
    integrity: lock[folder]?.integrity,
  };
}

function repositoryOf({ repository }) {
  const url = typeof repository === "string" ? repository : repository?.url;
  return url?.replace(/^git\+/, "").replace(/\.git$/, "");
}

/** A package that came without its licence's text is under that of the repository which it comes from. */
function sibling(item, all) {
  return all.find(
    (other) =>
      other.licenceText !== undefined &&
      other.licence === item.licence &&
      other.repository !== undefined &&
      other.repository === item.repository,
  );
}

function problems(item, all) {
  const name = `${item.name} ${item.version}`;
  const found = [];
  if (!allowed.has(item.licence))
    found.push(
      `${name} has the licence ${item.licence}, which is not among ${[...allowed].join(", ")}`,
    );
  if (item.licenceText === undefined && sibling(item, all) === undefined)
    found.push(
      `${name} has no licence text, nor has another package of its repository`,
    );
  if (item.integrity === undefined)
    found.push(
      `${name} is not in package-lock.json at ${item.folder}: run npm ci`,
    );
  return found;
}

function needsOf(folder, folders, metafile) {
  const imports = Object.entries(metafile.inputs)
    .filter(([file]) => folderOf(file) === folder)
    .flatMap(([, input]) => input.imports.map((item) => folderOf(item.path)));
  return inOrder(imports).filter(
    (other) => other !== folder && folders.includes(other),
  );
}

/** Each once, in the order of their code units, whatever the locale. */
function inOrder(folders) {
  const once = [...new Set(folders)].filter((item) => item !== undefined);
  return once.toSorted((a, b) => (a < b ? -1 : 1));
}
