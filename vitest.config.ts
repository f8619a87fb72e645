import { relative, sep } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that start programs, whose files run in a process each. */
const alone = [
  "test/{build,doctor,e2e,faults,host,plugin,windows}/**/*.test.ts",
  "test/command/runner/*.test.ts",
  "test/copy/{tools,unix,windows}*.test.ts",
  "test/local/node/*.test.ts",
  "test/policy/sufficient.test.ts",
];

/** What takes longest, or waits for most of its time, as paths begin: begun last, it would be alone with the machine. */
const longest = [
  "test/host/rundeck/",
  "test/faults/executor",
  "test/faults/",
  "test/windows/",
  "test/policy/sufficient",
  "test/e2e/windows-",
  "test/local/node/windows",
  "test/copy/windows-",
  "test/host/",
  "test/build/",
  "test/command/runner/",
  "test/doctor/",
  "test/local/",
  "test/e2e/network",
  "test/sidecar/share/queue",
  "test/documents/contributor",
  "test/copy/link",
];

/** Needs no durations from an earlier run, which a fresh clone has not. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array: the method that this one extends
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  const file = relative(project.config.root, moduleId).replaceAll(sep, "/");
  const index = longest.findIndex((beginning) => file.startsWith(beginning));
  const rank = index === -1 ? longest.length : index;
  // behind all others, so that few processes run all of them
  return project.config.isolate ? rank : rank + longest.length + 1;
}

const shared = {
  // the SDK's advice about Node versions is no test's output
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  // these end what hangs, and measure nothing: beside a busy neighbour everything takes several times as long
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 45_000 } },
  // the line that `scripts/test.mjs` tells of a failure says what was found instead
  chaiConfig: { truncateThreshold: 200 },
};

/** Tests once more, in another environment. `scripts/test.mjs` asks for these. */
type Pass = { name: string; files: string[]; env: Record<string, string> };
const passes: Pass[] = JSON.parse(
  process.env["RUNDECK_SSM_TEST_PASSES"] ?? "[]",
);

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    sequence: { sequencer: LongestFirst },
    // two cores are what small machines and CI have; tests that start processes bound themselves
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: "alone", include: alone } },
      {
        test: {
          ...shared,
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...alone],
          // loading the SDK and zod for each file takes longer than most of these tests
          isolate: false,
        },
      },
      ...passes.map(({ name, files, env }) => ({
        test: {
          ...shared,
          name,
          include: files,
          env: { ...shared.env, ...env },
        },
      })),
    ],
  },
});
