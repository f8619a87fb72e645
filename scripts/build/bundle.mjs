import { build } from "esbuild";
import { createHash } from "node:crypto";
import { appendFile, readFile } from "node:fs/promises";
import path from "node:path";

/** `import text from "./file.sh?raw"` as Vite knows it. */
export const raw = {
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

/**
 * Leaves out of a client what nobody asks for: its schemas have computed names, `[_eQN]: "x"`, which esbuild keeps for what they might do. They are constants
 * of the same file. EC2's schemas are 1.3 MB, of which two operations need 23 kB.
 */
const unusedSchemas = {
  name: "unused-schemas",
  setup(bundler) {
    const filter = /@aws-sdk[\\/]client-ec2[\\/]dist-es[\\/]schemas[\\/]/;
    bundler.onLoad({ filter }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const constants = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(
          ([, name, value]) => [name, value],
        ),
      );
      const contents = text.replace(/\[(_\w+)\]:/g, (key, name) =>
        constants.has(name) ? `${constants.get(name)}:` : key,
      );
      return { contents, loader: "js" };
    });
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
  outExtension: { ".js": ".cjs" },
  plugins: [raw, unusedSchemas],
  logLevel: "warning",
};

/** The entries that Rundeck and the `rundeck-ssm` command start. Gives back what went into them, as esbuild tells it. */
export async function bundlePlugin(outdir, version) {
  const { metafile } = await build({
    ...common,
    entryPoints: ["exec", "copy", "document", "cli", "sidecar"].map(
      (name) => `src/main/${name}.ts`,
    ),
    define: { RUNDECK_SSM_VERSION: JSON.stringify(version) },
    outdir,
    metafile: true,
  });
  for (const file of Object.keys(metafile.outputs)) await stamp(file);
  return metafile;
}

/** Puts a bundle's own sum into its last line, where src/plugin/start.cjs looks for it. */
async function stamp(file) {
  const sum = createHash("sha256").update(await readFile(file));
  await appendFile(file, `\n// ${sum.digest("hex").slice(0, 16)}\n`);
}

/** The local AWS: a program of its own that no release has. */
export async function bundleLocal(outdir, version) {
  await build({
    ...common,
    entryPoints: ["src/main/local.ts"],
    define: { RUNDECK_SSM_VERSION: JSON.stringify(version) },
    outdir,
  });
}
