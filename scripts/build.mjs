// node scripts/build.mjs [FOLDER]
// Builds FOLDER (dist): the bundles, the plugin folder and its zip. The zip is reproducible: fixed order, fixed times.
import { build } from "esbuild";
import { zipSync } from "fflate";
import {
  chmod,
  cp,
  mkdir,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const { version } = JSON.parse(await readFile("package.json", "utf8"));
const release = `rundeck-ssm-bridge-${version}`;
const out = process.argv[2] ?? "dist";
const folder = path.join(out, release);

/** `import text from "./file.sh?raw"` as Vite knows it. */
const raw = {
  name: "raw",
  setup(bundler) {
    bundler.onResolve({ filter: /\?raw$/ }, (args) => ({
      path: path.join(args.resolveDir, args.path.slice(0, -4)),
      namespace: "raw",
    }));
    bundler.onLoad({ filter: /.*/, namespace: "raw" }, async (args) => ({
      contents: await readFile(args.path, "utf8"),
      loader: "text",
    }));
  },
};

/** Options that keep a process small and quick: one CommonJS file, modules evaluated when first used. */
const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  mainFields: ["module", "main"],
  supported: { "dynamic-import": false },
  minify: true,
  legalComments: "none",
  define: { RUNDECK_SSM_VERSION: JSON.stringify(version) },
  plugins: [raw],
  logLevel: "warning",
};

await rm(out, { recursive: true, force: true });
await mkdir(path.join(folder, "contents"), { recursive: true });

const { metafile } = await build({
  ...common,
  entryPoints: {
    exec: "src/main/exec.ts",
    copy: "src/main/copy.ts",
    cli: "src/main/cli.ts",
  },
  outdir: path.join(folder, "contents"),
  outExtension: { ".js": ".cjs" },
  metafile: true,
});
await writeFile(path.join(out, "meta.json"), JSON.stringify(metafile));

await cp("src/plugin", path.join(folder, "contents"), {
  recursive: true,
  filter: (file) => !file.includes(`${path.sep}resources`),
});
await cp("src/plugin/resources", path.join(folder, "resources"), {
  recursive: true,
});
await writeFile(
  path.join(folder, "plugin.yaml"),
  (await readFile("plugin.yaml", "utf8")).replaceAll("@VERSION@", version),
);

const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((item) => item.isFile())
  .map((item) => path.join(item.parentPath, item.name))
  .toSorted();
const contents = {};
for (const file of files) {
  const name = path.relative(out, file).split(path.sep).join("/");
  contents[name] = [
    await readFile(file),
    { mtime: new Date(1980, 0, 1), level: 9 },
  ];
}
const zip = zipSync(contents);
await writeFile(path.join(out, `${release}.zip`), zip);
await writeFile(
  path.join(out, "rundeck-ssm"),
  `#!/usr/bin/env bash\nexec bash "$(dirname "$(readlink -f "$0")")/${release}/contents/rundeck-ssm" "$@"\n`,
);
await chmod(path.join(out, "rundeck-ssm"), 0o755);
if (out === "dist") {
  // for `npx rundeck-ssm`: npm links a package's commands only where it is installed
  const link = path.join("node_modules", ".bin", "rundeck-ssm");
  await mkdir(path.dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(path.join("..", "..", "dist", "rundeck-ssm"), link);
}
console.log(`${out}/${release}.zip ${(zip.length / 1e6).toFixed(2)} MB`);
