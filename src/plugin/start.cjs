// Starts the bundle named by the first argument with V8's code cache, which spares a third of the start's CPU time.
// The cache belongs to one Node version and one bundle: it is made on first use, beside the bundle, and is never needed.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

if (Number(process.versions.node.split(".")[0]) < 20) {
  // the entry takes an only candidate as it is, since asking for its version first would cost every start
  process.stderr.write(
    `rundeck-ssm: setting-missing: found no Node.js 20 or newer (${process.execPath} is ${process.version}): install it on the Rundeck server, or set RUNDECK_SSM_NODE in the server's environment (or the plugin property ssm-node-path) to the path of its program node\n`,
  );
  process.exit(78);
}

const name = process.argv[2];
const file = path.join(__dirname, name + ".cjs");
const source = fs.readFileSync(file, "utf8");
const cacheFile = path.join(
  __dirname,
  `${name}-${process.version}-${process.arch}.cache`,
);

let cachedData;
try {
  cachedData = fs.readFileSync(cacheFile);
} catch {
  // not made yet
}
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
  { filename: file, cachedData },
);
const bundle = { exports: {} };
process.argv.splice(1, 2, file);
script.runInThisContext()(bundle.exports, require, bundle, file, __dirname);

if (cachedData === undefined || script.cachedDataRejected)
  process.once("exit", () => {
    // at the end, so that it holds the functions that a run really used
    const own = `${cacheFile}.${process.pid}`;
    try {
      fs.writeFileSync(own, script.createCachedData(), { mode: 0o644 });
      fs.renameSync(own, cacheFile);
    } catch {
      // a folder that can't be written to costs time, nothing else
    }
  });
