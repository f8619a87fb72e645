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

/** What runs the plugin waits more than it works. */
const workersOfRuns = 3;

const totals = { passed: 0, failed: 0, skipped: 0 };
function add({ passed = 0, failed = 0, skipped = 0 }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

const reproduce = {
  name: "reproduce",
  command: ["scripts/reproduce"],
  needs: "git",
};
const isClone = existsSync(".git");
if (!isClone) add(skip(reproduce.name, "this is no clone of the repository"));

const checks = await runSteps([
  // the longest one first
  ...(isClone ? [reproduce] : []),
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
for (const check of checks) add(check);

add(runTests("test"));
add(
  runTests("the plugin by a sidecar", {
    files: sharedFiles,
    env: { RUNDECK_SSM_TEST_SIDECAR: "auto" },
    workers: workersOfRuns,
  }),
);
for (const node of findNodes())
  add(
    node.program === undefined
      ? skip(`the plugin on ${node.name}`, node.reason)
      : runTests(`the plugin on ${node.name}`, {
          ...node,
          workers: workersOfRuns,
        }),
  );

console.log(
  `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;
