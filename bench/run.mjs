// Runs bench/main.ts: npm run bench [-- cost|first|latency|script|windows|upload|output|kills]
// [--rounds N] [--seconds 0,1,2] [--megabytes N] [--kills N] [--alone] [--against FOLDER]. Python 3 measures, and runs the peers.
// npm run bench -- scale|copies|rundeck [--nodes N] [--threads N] [--takes SECONDS] [--tps 0,10]: jobs over many nodes, rundeck's with
// Java and Maven in the real rundeck-core [--sidecar auto,off].
// npm run bench -- soak [--minutes N] [--rate N]: an hour of one sidecar's life
// npm run bench -- rounds [--count N] [--seed N] [--only INDEX,…] [--lanes N] [--sidecar auto|off]: a kill in each
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { raw } from "../scripts/build/bundle.mjs";
import { importBundled } from "../scripts/import-bundled.mjs";

process.chdir(path.dirname(import.meta.dirname));
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

const { against } = parseArgs({
  strict: false,
  options: { against: { type: "string" } },
}).values;
if (against !== undefined)
  await importBundled(path.join(against, "src/command/runner/compose.ts"), {
    name: "bench-other",
    plugins: [raw],
  });
await importBundled("bench/main.ts", {
  name: "bench",
  plugins: [raw, sourceFolders],
  beside: {
    "bench-aws": "bench/aws-process.ts",
    "bench-rounds": "bench/rounds-process.ts",
  },
});
