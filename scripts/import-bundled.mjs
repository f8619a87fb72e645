import path from "node:path";
import { pathToFileURL } from "node:url";
import { need } from "./need.mjs";

/**
 * Imports a program in TypeScript, bundled first, since Node 20 runs none: to dist/NAME.mjs in the working directory, which is the repository.
 * `beside`: others of its kind, by name, which it starts itself.
 */
export async function importBundled(
  source,
  { name, plugins = [], beside = {} },
) {
  const { build } = await need("esbuild");
  await build({
    entryPoints: { [name]: source, ...beside },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    plugins,
    logLevel: "warning",
  });
  return import(pathToFileURL(path.resolve("dist", `${name}.mjs`)).href);
}
