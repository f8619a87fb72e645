// node scripts/build-with-node.mjs
// Adds to a built dist/ the zips that bring a Node.js: for Linux x64 and arm64, from npm's packages that scripts/build/node pins.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { need } from "./need.mjs";

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
await need("fflate");
const { buildWithNode } = await import("./build/with-node.mjs");
const { installNode } = await import("./build/install-node.mjs");
try {
  console.log(await buildWithNode("dist", installNode));
} catch (error) {
  console.error(`The build failed: ${error.message}`);
  process.exitCode = 1;
}
