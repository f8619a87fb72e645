// Runs every check, two at a time, then every test, and ends with one line over all of them.
import { existsSync, readdirSync } from "node:fs";
import { findNodes } from "./checks/nodes.mjs";
import { runSteps, runTests, skip } from "./checks/run.mjs";

/** What executes by the plugin, and may share a process. A process that takes a run over is none of these, nor is what chooses itself, nor another program. */
const sharedFiles = [
  ...readdirSync("test/e2e")
    .filter((name) => name.endsWith(".test.ts"))
    .filter(
      (name) =>
        !/^(?:windows-|sidecar|client|doctor|document|nodes|list-nodes|policy|.*takeover)/.test(
          name,
        ),
    )
    .map((name) => `test/e2e/${name}`),
  "test/faults/executor.test.ts",
  "test/faults/canaries.test.ts",
  "test/faults/matrix.test.ts",
];

/** More than the cores that a small machine has: much of the time a test waits. */
const workers = 4;

const totals = { passed: 0, failed: 0, skipped: 0 };
function add({ passed = 0, failed = 0, skipped = 0 }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

function tell({ text }) {
  process.stdout.write(text);
}

const reproduce = {
  name: "reproduce",
  command: ["scripts/reproduce"],
  needs: "git",
};
const checks = await runSteps([
  // the longest one first
  ...(existsSync(".git") ? [reproduce] : []),
  ...["format:check", "lint", "types", "knip", "build"].map((name) => ({
    name,
    command: ["npm", "run", "--silent", name],
  })),
  {
    name: "lint-workflows",
    command: ["scripts/lint-workflows"],
    needs: "go",
  },
]);
if (!existsSync(".git")) {
  checks.push(skip(reproduce.name, "this is no clone of the repository"));
  tell(checks.at(-1));
}
for (const check of checks) add(check);

// all of them in one queue: while some wait, others have work
const passes = [
  {
    name: "sidecar",
    files: sharedFiles,
    env: { RUNDECK_SSM_TEST_SIDECAR: "auto" },
  },
];
for (const { name, files, program, reason } of findNodes())
  if (program === undefined) {
    const skipped = skip(`the plugin on ${name}`, reason);
    tell(skipped);
    add(skipped);
  } else {
    passes.push({ name, files, env: { RUNDECK_SSM_TEST_NODE: program } });
  }
add(await runTests(passes, workers));

console.log(
  `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;
