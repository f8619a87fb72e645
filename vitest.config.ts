import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    // the SDK's advice about Node versions is no test's output
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    // these end what hangs, and measure nothing: beside a busy neighbour everything takes several times as long
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // two cores are what small machines and CI have; tests that start processes bound themselves
    maxWorkers: 2,
  },
});
