// Runs every check and every test, one after the other, and ends with one line over all of them.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";

const checks = ["format:check", "lint", "types", "knip", "build"];
const totals = { passed: 0, failed: 0, skipped: 0 };

for (const check of checks) {
  const { status } = spawnSync("npm", ["run", "--silent", check], {
    stdio: "inherit",
  });
  totals[status === 0 ? "passed" : "failed"] += 1;
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${check}`);
}

const results = path.join("dist", "test-results.json");
rmSync(results, { force: true });
spawnSync(
  "npx",
  [
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${results}`,
  ],
  { stdio: "inherit" },
);
try {
  const told = JSON.parse(readFileSync(results, "utf8"));
  totals.passed += told.numPassedTests;
  totals.skipped += told.numPendingTests + told.numTodoTests;
  // a file that could not even be loaded has no failed test in it, and is a failure all the same
  const broken = told.testResults.filter(
    (file) =>
      file.status === "failed" &&
      !file.assertionResults.some((test) => test.status === "failed"),
  );
  totals.failed += told.numFailedTests + broken.length;
} catch {
  console.log("FAILED: the tests left no results");
  totals.failed += 1;
}

console.log(
  `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;
