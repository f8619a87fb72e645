// node scripts/build.mjs [FOLDER]
// Builds FOLDER (dist): what a release has, and the local AWS, which none has.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { need } from "./need.mjs";

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
await need("esbuild");
const { buildAll } = await import("./build/all.mjs");
try {
  console.log(await buildAll(process.argv[2] ?? "dist"));
} catch (error) {
  // of an error in the source esbuild has already told where it is
  console.error(`The build failed: ${error.message}`);
  process.exitCode = 1;
}
