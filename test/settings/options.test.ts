import { expect, test } from "vitest";
import { findOption, layersFromOptions } from "../../src/settings/options.ts";
import { parseExecutorSettings } from "../../src/settings/parse.ts";

const options: [string, string][] = [
  ["instance", "i-0123456789abcdef0"],
  ["region", "eu-west-1"],
];

test("options and environment make the same settings as Rundeck's layers", () => {
  const settings = parseExecutorSettings(
    layersFromOptions(
      "NodeExecutor",
      [
        ...options,
        ["ssm-accesskeyid", "AKIA1"],
        ["ssm-runner", "none"],
        ["osFamily", "windows"],
      ],
      {
        RUNDECK_SSM_SECRETKEY: "secret",
        RUNDECK_SSM_RUNNER: "full",
        RUNDECK_SSM_CLOUDWATCH_LOG_GROUP: "group",
        RD_NODE_SSM_RUN_AS: "a node of the job that calls the command",
      },
    ),
  );
  expect(settings).toMatchObject({
    nodeName: "i-0123456789abcdef0",
    osFamily: "windows",
    runner: "none",
    logGroup: "group",
  });
  expect(settings.credentials.keys?.secretKey.reveal()).toBe("secret");
  expect(settings).not.toHaveProperty("runAs");
  expect(settings.sources.get("ssm-runner")).toBe("option --ssm-runner");
  expect(settings.sources.get("cloudwatch-log-group")).toBe(
    "environment variable RUNDECK_SSM_CLOUDWATCH_LOG_GROUP",
  );
});

test("an unknown option is refused by name", () => {
  expect(() =>
    layersFromOptions("NodeExecutor", [["ssm-profil", "x"]], {}),
  ).toThrow(
    expect.objectContaining({
      code: "setting-invalid",
      message: expect.stringContaining('"--ssm-profil"'),
    }),
  );
});

test.each([
  ["instance", "instanceId"],
  ["ssm-profile", "SSM-Profile"],
])("one option as --%s and --%s is refused by both", (first, second) => {
  const written = [
    [first, "a"],
    [second, "b"],
  ] as const;
  expect(() => layersFromOptions("NodeExecutor", written, {})).toThrow(
    expect.objectContaining({
      code: "setting-invalid",
      message: `options --${first} and --${second} are the same, which takes one value: give it once`,
    }),
  );
});

test.each(["constructor", "toString", "__proto__"])(
  "what every object has is no option: --%s",
  (name) => {
    expect(findOption(name)).toBeUndefined();
  },
);

test("what is missing is to be set by an option", () => {
  expect(() =>
    parseExecutorSettings(
      layersFromOptions("NodeExecutor", options.slice(0, 1), {}),
    ),
  ).toThrow(/^no --region: write --region REGION/);
});

test("a wrong value is told by its option as it was written", () => {
  const parse = (name: string) => () =>
    parseExecutorSettings(
      layersFromOptions(
        "NodeExecutor",
        [
          ...options.filter(
            ([given]) => findOption(given) !== findOption(name),
          ),
          [name, "web-1"],
        ],
        {},
      ),
    );
  expect(parse("instance")).toThrow(/from option --instance:/);
  expect(parse("instanceID")).toThrow(/from option --instanceID:/);
  expect(parse("SSM-delivery-timeout")).toThrow(
    /from option --SSM-delivery-timeout:/,
  );
});

test("without an instance the option is named, and no node attribute", () => {
  expect(() =>
    parseExecutorSettings(
      layersFromOptions("NodeExecutor", [["region", "eu-west-1"]], {}),
    ),
  ).toThrow(/^no --instance: write --instance ID/);
});
