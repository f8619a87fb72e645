import { unzipSync } from "fflate";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { composeNotices } from "./notices.mjs";
import { listPackages, readPackage } from "./packages.mjs";
import { composeSbom } from "./sbom.mjs";
import { sha256, writeSums } from "./sums.mjs";
import { zipContents } from "./zip.mjs";

const cpus = ["arm64", "x64"];

/**
 * Makes of the zip in `out` one for each kind of processor with a Node.js in it, with a bill of its own, and writes the sums of all anew. The plugin in it
 * is the same to the byte. `install` puts the npm package of a Node.js into a folder. Gives back the lines that say what was built.
 */
export async function buildWithNode(out, install) {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  const built = [];
  for (const cpu of cpus) {
    const folder = await mkdtemp(path.join(tmpdir(), "rundeck-ssm-node-"));
    try {
      built.push(await addNode(out, version, cpu, await install(cpu, folder)));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const sums = await readFile(path.join(out, "SHA256SUMS"), "utf8");
  const listed = sums.split("\n").flatMap((line) => line.split("  ").slice(1));
  const added = built.flatMap(({ names }) => names);
  await writeSums(out, [...new Set([...listed, ...added])]);
  return built.map(({ line }) => line).join("\n");
}

async function addNode(out, version, cpu, { folder, integrity }) {
  const plain = `rundeck-ssm-bridge-${version}`;
  const release = `${plain}-linux-${cpu}`;
  const node = await readPackage(folder, { [folder]: { integrity } });
  if (node.licenceText === undefined)
    throw new Error(`${node.name} ${node.version} has no licence text`);
  const { packages, needs } = await listPackages(
    JSON.parse(await readFile(path.join(out, "meta.json"), "utf8")),
  );
  const all = [...packages, { ...node, needs: [] }];

  // of the zip, not of the folder beside it, which may have been used since
  const files = unzipSync(await readFile(path.join(out, `${plain}.zip`)));
  // Rundeck wants the zip's own name above all
  const named = Object.entries(files).map(([name, bytes]) => [
    name.replace(plain, release),
    bytes,
  ]);
  const contents = {
    ...Object.fromEntries(named),
    [`${release}/THIRD-PARTY-NOTICES`]: Buffer.from(composeNotices(all)),
    [`${release}/contents/node`]: await readFile(
      path.join(folder, "bin", "node"),
    ),
  };
  const ordered = Object.entries(contents).toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const zip = zipContents(Object.fromEntries(ordered));
  await writeFile(path.join(out, `${release}.zip`), zip);
  await writeFile(
    path.join(out, `${release}.cdx.json`),
    composeSbom({
      version,
      packages: all,
      needs: [...needs, node.folder],
      zipSha256: sha256(zip),
    }),
  );
  return {
    names: [`${release}.cdx.json`, `${release}.zip`],
    line: `${out}/${release}.zip ${(zip.length / 1e6).toFixed(1)} MB, with Node.js ${node.version}`,
  };
}
