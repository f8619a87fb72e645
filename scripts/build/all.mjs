import {
  chmod,
  mkdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { bundleLocal, bundlePlugin } from "./bundle.mjs";
import { packExample } from "./example.mjs";
import { listPackages } from "./packages.mjs";
import { dateOf, layOut } from "./plugin-folder.mjs";
import { composeSbom } from "./sbom.mjs";
import { sha256, writeSums } from "./sums.mjs";
import { zipFolder } from "./zip.mjs";

/** Builds everything into `out`; gives back the line that says what was built. The same source makes the same bytes, wherever and whenever. */
export async function buildAll(out) {
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  const release = `rundeck-ssm-bridge-${version}`;
  const folder = path.join(out, release);
  await rm(out, { recursive: true, force: true });
  await mkdir(path.join(folder, "contents"), { recursive: true });

  const metafile = await bundlePlugin(path.join(folder, "contents"), version);
  await writeFile(path.join(out, "meta.json"), JSON.stringify(metafile));
  const { packages, needs } = await listPackages(metafile);
  await layOut(folder, version, packages);

  const zip = await zipFolder(folder);
  await writeFile(path.join(out, `${release}.zip`), zip);
  await writeFile(
    path.join(out, `${release}.cdx.json`),
    composeSbom({ version, packages, needs, zipSha256: sha256(zip) }),
  );
  const example = `rundeck-ssm-bridge-example-${version}.rdproject.jar`;
  await writeFile(
    path.join(out, example),
    await packExample(await dateOf(version)),
  );
  await writeSums(out, [`${release}.cdx.json`, `${release}.zip`, example]);

  await bundleLocal(out, version);
  await writeCommand(out, release);
  return `${out}/${release}.zip ${(zip.length / 1e6).toFixed(2)} MB, ${packages.length} packages in it`;
}

/** The repository's `rundeck-ssm`: the plugin's command, and the local AWS beside it. */
async function writeCommand(out, release) {
  const command = path.join(out, "rundeck-ssm");
  await writeFile(
    command,
    `#!/usr/bin/env bash
here=$(dirname "$(readlink -f "$0")")
if [[ \${1-} == local ]]; then
  exec node "$here/local.cjs" "\${@:2}"
fi
exec bash "$here/${release}/contents/rundeck-ssm" "$@"
`,
  );
  await chmod(command, 0o755);
  if (out !== "dist") return;
  // for `npx rundeck-ssm`: npm links a package's commands only where it is installed
  const link = path.join("node_modules", ".bin", "rundeck-ssm");
  await mkdir(path.dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(path.join("..", "..", "dist", "rundeck-ssm"), link);
}
