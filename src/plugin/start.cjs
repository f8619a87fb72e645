// Starts the bundle named by the first argument with V8's code cache, which spares a third of the start's CPU time.
// The cache belongs to one Node version and one bundle: it is made on first use, beside the bundle, and is never needed.
"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

if (Number(process.versions.node.split(".")[0]) < 20) {
  // whom the user has chosen the entry takes, whatever its version
  process.stderr.write(
    `rundeck-ssm: setting-missing: found no Node.js 20 or newer (${process.execPath} is ${process.version}): install it on the Rundeck server, or set SSM_BRIDGE_NODE in the server's environment (or the plugin property ssm-node-path) to the path of its program node\n`,
  );
  process.exit(78);
}

const name = process.argv[2];
const file = path.join(__dirname, name + ".cjs");
// A kill that comes while the bundle is read waits for the bundle's own listener, which says that nothing began. (The sidecar has its one
// later, and may end in between.)
if (name !== "sidecar") process.on("SIGTERM", () => undefined);
const source = fs.readFileSync(file, "utf8");
const sum = (data) => crypto.createHash("sha256").update(data).digest();
// V8 compares no more than the length of the source, so the name holds its sum. The build has put it into the bundle's last line: to
// compute it takes 3 % of a run's CPU time
const stamp =
  /\n\/\/ ([0-9a-f]{16})\n$/.exec(source.slice(-21))?.[1] ??
  sum(source).toString("hex", 0, 8);
const cacheFile = path.join(
  __dirname,
  `${name}-${process.version}-${process.arch}-${stamp}.cache`,
);
const cachedData = readCache();
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
  { filename: file, cachedData },
);
const bundle = { exports: {} };
process.argv.splice(1, 2, file);
script.runInThisContext()(bundle.exports, require, bundle, file, __dirname);

if (cachedData === undefined || script.cachedDataRejected) {
  // late, so that it holds the functions that a run really used, but not as late as the end of what lives for hours: by then V8 has
  // forgotten how it began
  process.once("exit", writeCache);
  setTimeout(writeCache, 5_000).unref();
}

/** A cache is code: it counts if it is whole, and if nobody else can have written it. */
function readCache() {
  try {
    // not through a link, and no queue, on which reading would wait
    const found = fs.lstatSync(cacheFile);
    const isOurs = found.uid === process.getuid() || found.uid === 0;
    if (!found.isFile() || !isOurs || found.mode & 0o022) return undefined;
    const cache = fs.readFileSync(cacheFile);
    const data = cache.subarray(32);
    return sum(data).equals(cache.subarray(0, 32)) ? data : undefined;
  } catch {
    return undefined; // not made yet
  }
}

function writeCache() {
  process.off("exit", writeCache);
  const own = `${cacheFile}.${process.pid}`;
  try {
    const data = script.createCachedData();
    fs.writeFileSync(own, Buffer.concat([sum(data), data]), {
      flag: "wx",
      mode: 0o644,
    });
    fs.renameSync(own, cacheFile);
  } catch {
    // a folder that can't be written to costs time, nothing else
  }
}
