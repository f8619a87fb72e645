import { describe, expect, it } from "vitest";
import type { Check, Lacks } from "../../src/doctor/check.ts";
import { nobody } from "../../src/doctor/context.ts";
import { checkSettings } from "../../src/doctor/settings.ts";
import { layersOfStep, withServerUrl } from "../../src/doctor/step.ts";
import type { Layers } from "../../src/rundeck/layers.ts";
import { layersFromOptions } from "../../src/settings/options.ts";
import { layersOf, located } from "../support/layers.ts";

const subjectOf = () => ({
  target: "node web1 (i-0123456789abcdef0, eu-west-1)",
  setting: (name: string) => name,
  state: (name: string) => name,
});

function examine(
  attributes: Record<string, string>,
  more: Partial<Layers> = {},
) {
  const lacks: Lacks = new Map();
  const both = {
    executor: layersOf({ ...located, ...attributes }, more),
    copier: layersOf(
      { ...located, ...attributes },
      { ...more, service: "FileCopier" },
    ),
  };
  const { environment } = both.executor;
  return { lacks, ...checkSettings(both, { environment, lacks, subjectOf }) };
}

function find(checks: readonly Check[], state: Check["state"]) {
  return checks
    .filter((check) => check.state === state)
    .map(({ name, says, remedy }) => ({ name, says, remedy }));
}

describe("the settings", () => {
  it("are told with the layer that each came from, once for both plugins", () => {
    const { checks } = examine(
      { "ssm-run-as": "deploy" },
      { project: new Map([["project.ssm-copier-bucket", "files"]]) },
    );
    const told = find(checks, "ok").map(({ name, says }) => [name, says]);
    expect(told).toEqual(
      expect.arrayContaining([
        ["instanceId", '"i-0123456789abcdef0", from node attribute instanceId'],
        ["region", '"eu-west-1", from node attribute region'],
        ["ssm-run-as", '"deploy", from node attribute ssm-run-as'],
        ["ssm-copier-bucket", '"files", from project.ssm-copier-bucket'],
      ]),
    );
    expect(told.filter(([name]) => name === "region")).toHaveLength(1);
    expect(told.at(-1)?.[0]).toBe("defaults");
    expect(told.at(-1)?.[1]).toContain("ssm-execution-timeout 3600");
  });

  it("show no secret", () => {
    const { checks } = examine({
      "ssm-accessKeyId": "AKIA1",
      "ssm-secretKey": "very-secret-text",
    });
    expect(JSON.stringify(checks)).not.toContain("very-secret");
    expect(find(checks, "ok")).toContainEqual({
      name: "ssm-secretKey",
      says: "(secret), from node attribute ssm-secretKey",
      remedy: undefined,
    });
  });

  it("that are wrong are a problem with the executor's code, by the setting's name", () => {
    const { checks, settings } = examine({ "ssm-execution-timeout": "1" });
    expect(checks[0]).toMatchObject({
      stage: "settings",
      name: "ssm-execution-timeout",
      state: "problem",
      code: "setting-invalid",
      says: expect.stringMatching(
        /^ssm-execution-timeout is "1" on node "web1"/,
      ),
      remedy: expect.stringMatching(/^it must be /),
    });
    expect(settings).toEqual({});
  });

  it("that the copier alone has wrong leave the executor's", () => {
    const { checks, settings } = examine({ "ssm-copier-file-mode": "9" });
    expect(find(checks, "problem")).toHaveLength(1);
    expect(Object.keys(settings)).toEqual(["executor"]);
  });

  it.each([
    [{ "ssm-runner": "none", "ssm-run-as": "deploy" }, "ssm-run-as"],
    [{ osFamily: "windows", "ssm-shell": "bash" }, "ssm-shell"],
  ])("that no command could run with are a problem: %j", (given, name) => {
    const [problem] = find(examine(given).checks, "problem");
    expect(problem?.name).toBe(name);
  });

  it.each([
    [
      {
        "ssm-assume-role": "false",
        "ssm-assume-role-arn": "arn:aws:iam::111122223333:role/x",
      },
      "ssm-assume-role-arn",
    ],
    [{ "ssm-external-id": "abc" }, "ssm-external-id"],
    [
      { "ssm-accessKeyId": "A", "ssm-secretKey": "s", "ssm-profile": "p" },
      "ssm-profile",
    ],
    [{ "ssm-sts-region": "eu-west-1" }, "ssm-sts-region"],
    [{ "log-retrieve-delay": "5" }, "log-retrieve-delay"],
    [
      { "cloudwatch-log-group": "g", "ssm-live-output": "true" },
      "ssm-live-output",
    ],
    [
      { "ssm-runner": "none", "ssm-output-bucket": "outputs" },
      "ssm-output-bucket",
    ],
    [{ "ssm-copier-prefix": "p" }, "ssm-copier-prefix"],
    [{ "ssm-copier-kms-key": "alias/k" }, "ssm-copier-kms-key"],
    [
      { "ssm-endpoint-url": "https://ssm.us-east-1.amazonaws.com" },
      "ssm-endpoint-url",
    ],
    [
      {
        "logs-endpoint-url":
          "https://vpce-0a-b.logs.us-east-1.vpce.amazonaws.com",
      },
      "logs-endpoint-url",
    ],
    [
      { "s3-endpoint-url": "https://s3.eusc-de-east-1.amazonaws.eu" },
      "s3-endpoint-url",
    ],
  ])("that contradict each other are a warning: %j", (given, name) => {
    const { checks, settings } = examine(given);
    expect(find(checks, "warning").map((check) => check.name)).toEqual([name]);
    expect(find(checks, "problem")).toEqual([]);
    expect(Object.keys(settings)).toEqual(["executor", "copier"]);
  });

  it("that go together are no warning", () => {
    const { checks } = examine({
      "ssm-accessKeyId": "A",
      "ssm-secretKey": "s",
      "ssm-assume-role": "true",
      "ssm-assume-role-arn": "arn:aws:iam::111122223333:role/x",
      "ssm-external-id": "abc",
      "ssm-sts-region": "us-east-1",
      "sts-endpoint-url": "https://sts.us-east-1.amazonaws.com",
      "cloudwatch-log-group": "g",
      "log-retrieve-delay": "5",
      "ssm-copier-bucket": "files",
      "ssm-copier-prefix": "p",
    });
    expect(checks.filter(({ state }) => state !== "ok")).toEqual([]);
  });

  it.each([
    ["us-esat-1", "did you mean us-east-1?"],
    ["eu-wst-1", "did you mean eu-west-1?"],
    ["xy-nowhere-1", "check its spelling"],
  ])("name a region that nobody knows: %s", (region, remedy) => {
    expect(find(examine({ region }).checks, "warning")).toEqual([
      { name: "region", says: expect.stringContaining(`"${region}"`), remedy },
    ]);
  });

  it("name what looks like one of them", () => {
    const environment = { RUNDECK_SSM_RUNAS: "x" };
    const { checks } = examine({}, { environment });
    expect(find(checks, "warning")).toEqual([
      {
        name: "names",
        says: expect.stringMatching(/^RUNDECK_SSM_RUNAS looks like/),
        remedy: "did you mean RUNDECK_SSM_RUN_AS?",
      },
    ]);
  });
});

describe("a Key Storage path that only an execution gets opened", () => {
  const paths = ["NodeExecutor.awsssmexecutor", "FileCopier.aws-ssm-copier"];
  const project = new Map(
    paths.flatMap((path) => [
      [`project.plugin.${path}.ssm-accessKeyId`, "AKIA1"],
      [`project.plugin.${path}.ssm-secretKey`, "keys/aws/x"],
    ]),
  );

  it("is no problem, but what comes of it can't be tried", () => {
    const { checks, lacks, settings } = examine({}, { project });
    expect(find(checks, "problem")).toEqual([]);
    expect(find(checks, "unknown")[0]).toMatchObject({
      name: "ssm-secretKey",
      says: expect.stringContaining(
        "project.plugin.NodeExecutor.awsssmexecutor.ssm-secretKey",
      ),
    });
    expect(lacks.get("credentials")).toBe("settings: ssm-secretKey");
    expect(settings.executor?.credentials.keys).toBeUndefined();
  });

  it("of the node executor alone is the file copier's problem, as in an execution", () => {
    const ofExecutor = [...project].filter(([key]) => key.includes("Node"));
    const { checks } = examine({}, { project: new Map(ofExecutor) });
    expect(find(checks, "problem").map(({ name }) => name)).toEqual([
      "ssm-secretKey",
    ]);
  });

  it("gives way to the same keys in the step's own fields", () => {
    const { rundeck } = layersOf(located);
    const fields = {
      RD_CONFIG_SSM_ACCESSKEYID: "AKIA2",
      RD_CONFIG_SSM_SECRETKEY: "opened-by-rundeck",
    };
    const layers = layersOfStep(
      layersOf(located, { project, rundeck: { ...rundeck, ...fields } }),
    );
    const { checks, lacks, settings } = examine({}, layers);
    expect(lacks.size).toBe(0);
    expect(settings.executor?.credentials.keys?.accessKeyId).toBe("AKIA2");
    expect(find(checks, "ok")).toContainEqual({
      name: "ssm-secretKey",
      says: "(secret), from step property ssm-secretKey",
      remedy: undefined,
    });
  });
});

describe("a step in a project that can't be read", () => {
  const { project: _, ...blind } = layersOf({ instanceId: located.instanceId });

  it("takes nothing for missing that the project may have", () => {
    const lacks: Lacks = new Map();
    const layers = layersOfStep(blind);
    const { checks, settings } = checkSettings(
      { executor: layers, copier: { ...layers, service: "FileCopier" } },
      { environment: {}, lacks, subjectOf },
    );
    expect(find(checks, "problem")).toEqual([]);
    expect(find(checks, "unknown")).toMatchObject([
      { name: "project", remedy: expect.stringContaining("API Token") },
      { name: "region", says: expect.stringContaining("has no region") },
    ]);
    expect(settings).toEqual({});
  });

  it("asks the server that it runs on, with a token", () => {
    const url = "RD_CONFIG_SSM_RUNDECK_URL";
    const server = { RD_JOB_SERVERURL: "http://rundeck:4440" };
    expect(withServerUrl(server)[url]).toBe("http://rundeck:4440");
    const own = { ...server, [url]: "http://other" };
    expect(withServerUrl(own)[url]).toBe("http://other");
  });
});

it("without a node nothing is told of one", () => {
  const given = [
    ["instance", nobody],
    ["region", "Ireland"],
  ] as const;
  const lacks: Lacks = new Map();
  const { checks } = checkSettings(
    {
      executor: layersFromOptions("NodeExecutor", given, {}),
      copier: layersFromOptions("FileCopier", given, {}),
    },
    { environment: {}, lacks, subjectOf },
  );
  expect(JSON.stringify(checks)).not.toContain(nobody);
  expect(find(checks, "problem")).toEqual([
    {
      name: "region",
      says: 'region is "Ireland", from option --region',
      remedy: "it must be an AWS region such as eu-west-1",
    },
  ]);
});
