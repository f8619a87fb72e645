// Writes the files that follow from the table of settings: plugin.yaml and the table in README.md.
import { build } from "esbuild";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
await mkdir("dist", { recursive: true });
const outfile = path.resolve("dist", "generated.mjs");
await build({
  entryPoints: ["scripts/generated.ts"],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  outfile,
  logLevel: "warning",
});
const { generateFiles } = await import(pathToFileURL(outfile).href);
for (const [file, text] of await generateFiles()) await writeFile(file, text);
