// Bundles bench/main.ts, since Node 20 runs no TypeScript, and runs it: npm run bench [-- cost|latency|script|upload|output|kills]
// [--rounds N] [--seconds 0,1,2] [--megabytes N] [--kills N] [--alone].
// Python 3 measures, and runs the peers
import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
// advice for whoever builds on the SDK, not for a table of figures
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** A bundled file still finds what lies beside its source. */
const sourceFolders = {
  name: "source-folders",
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, "utf8")).replaceAll(
        "import.meta.dirname",
        JSON.stringify(path.dirname(file)),
      ),
      loader: "ts",
    }));
  },
};

const outfile = path.join("dist", "bench.mjs");
await build({
  entryPoints: ["bench/main.ts"],
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  outfile,
  plugins: [sourceFolders],
  logLevel: "warning",
});
await import(pathToFileURL(outfile).href);
