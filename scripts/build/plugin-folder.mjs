import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { composeNotices } from "./notices.mjs";

/** Puts beside the bundles what else the zip has: the scripts that Rundeck starts, the manifest, the icon, and all licences. */
export async function layOut(folder, version, packages) {
  await cp("src/plugin", path.join(folder, "contents"), {
    recursive: true,
    filter: (file) => !file.includes(`${path.sep}resources`),
  });
  await cp("src/plugin/resources", path.join(folder, "resources"), {
    recursive: true,
  });
  await nameBuild(path.join(folder, "contents"), version);
  const manifest = await readFile("plugin.yaml", "utf8");
  await writeFile(
    path.join(folder, "plugin.yaml"),
    manifest
      .replaceAll("@VERSION@", version)
      .replaceAll("@DATE@", await dateOf(version)),
  );
  for (const name of ["LICENSE", "NOTICE"])
    await cp(name, path.join(folder, name));
  await writeFile(
    path.join(folder, "THIRD-PARTY-NOTICES"),
    composeNotices(packages),
  );
}

/** A release's date is that of its section in CHANGELOG.md, which every copy of the source has: neither git nor a clock is asked. */
export async function dateOf(version) {
  const sections = (await readFile("CHANGELOG.md", "utf8")).matchAll(
    /^## \[([^\]]+)\] - (\d{4}-\d{2}-\d{2})$/gm,
  );
  for (const [, name, day] of sections)
    if (name === version) return `${day}T00:00:00Z`;
  throw new Error(
    `CHANGELOG.md has no section "## [${version}] - YEAR-MONTH-DAY" for the version in package.json`,
  );
}

/** A client and a sidecar of different builds don't know each other: each build's have folders of their own. */
async function nameBuild(contents, version) {
  const hash = createHash("sha256");
  for (const name of ["client.sh", "sidecar.cjs"])
    hash.update(await readFile(path.join(contents, name)));
  const client = path.join(contents, "client.sh");
  const text = await readFile(client, "utf8");
  const build = `${version}-${hash.digest("hex").slice(0, 12)}`;
  await writeFile(client, text.replaceAll("@BUILD@", build));
}
