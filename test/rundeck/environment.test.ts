import { expect, test } from "vitest";
import { parseHost } from "../../src/rundeck/environment.ts";

const execution = {
  RD_NODE_NAME: "web1",
  RD_RUNDECK_PROJECT: "shop",
  RD_JOB_EXECID: "7",
  RD_JOB_GROUP: "nightly",
  RD_JOB_NAME: "restart",
  RD_JOB_USERNAME: "ann",
  RD_JOB_LOGLEVEL: "DEBUG",
};

test("a command's host says what, where and for whom", () => {
  const host = parseHost(
    { ...execution, RD_EXEC_COMMAND: "uptime" },
    "NodeExecutor",
  );
  expect(host).toMatchObject({
    service: "NodeExecutor",
    nodeName: "web1",
    command: "uptime",
    execution: {
      project: "shop",
      executionId: "7",
      jobGroup: "nightly",
      jobName: "restart",
      userName: "ann",
      logLevel: "DEBUG",
    },
  });
});

test("a copy's host has the file and its destination", () => {
  const host = parseHost(
    { RD_FILE_COPY_FILE: "/tmp/a b", RD_FILE_COPY_DESTINATION: "/srv/a b" },
    "FileCopier",
  );
  expect(host).toMatchObject({
    file: "/tmp/a b",
    destination: "/srv/a b",
    command: "",
  });
});

test("an ad hoc command without a job has empty fields", () => {
  const host = parseHost({ RD_EXEC_COMMAND: "" }, "NodeExecutor");
  expect(host.execution).toEqual({
    project: "",
    executionId: "",
    jobGroup: "",
    jobName: "",
    userName: "",
    logLevel: "",
  });
});

test.each([
  ["NodeExecutor", "RD_EXEC_COMMAND"],
  ["FileCopier", "RD_FILE_COPY_FILE"],
] as const)(
  "started by hand, %s names %s and the command to use",
  (service, name) => {
    expect(() => parseHost({}, service)).toThrow(
      expect.objectContaining({
        code: "setting-missing",
        message: expect.stringMatching(
          new RegExp(`^${name} is not set: .*rundeck-ssm`),
        ),
      }),
    );
  },
);

test("neither configuration nor secure options are among the variables for a remote command", () => {
  const { variables, secureValues } = parseHost(
    {
      ...execution,
      RD_EXEC_COMMAND: "x",
      RD_CONFIG_SSM_SECRETKEY: "canary1",
      RD_NODEEXECUTOR_SSM_SECRETKEY: "canary1",
      RD_PRIVATE_PW: "canary2",
      RD_SECUREOPTION_PW: "canary2",
      RD_OPTION_PW: "canary2",
      // the same secret under another option's name
      RD_OPTION_COPY: "canary2",
      // what says nothing of a secret that is as short
      RD_SECUREOPTION_PIN: "1",
      RD_OPTION_PIN: "1",
      RD_OPTION_COUNT: "1",
      RD_OPTION_VERSION: "1.2",
      RD_OPTION_EMPTY: "",
      RD_PRIVATE_EMPTY: "",
      RD_GLOBALS_SITE: "eu",
      RD_PLUGIN_BASE: "/x",
      "RD_NODE_ODD NAME": "x",
      HOME: "/root",
    },
    "NodeExecutor",
  );
  expect([...variables.keys()]).toEqual([
    "RD_GLOBALS_SITE",
    "RD_JOB_EXECID",
    "RD_JOB_GROUP",
    "RD_JOB_LOGLEVEL",
    "RD_JOB_NAME",
    "RD_JOB_USERNAME",
    "RD_NODE_NAME",
    "RD_OPTION_COUNT",
    "RD_OPTION_EMPTY",
    "RD_OPTION_VERSION",
    "RD_RUNDECK_PROJECT",
  ]);
  expect(secureValues.map((secret) => secret.reveal())).toEqual([
    "canary2",
    "1",
  ]);
});
