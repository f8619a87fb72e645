import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Layers } from "../../src/rundeck/layers.ts";
import { variableName } from "../../src/rundeck/naming.ts";
import { parseStepSettings } from "../../src/settings/parse-step.ts";
import { located } from "../support/layers.ts";

/** Layers as Rundeck gives them for a step: the node's attributes, and answers that know nothing of them. */
function layers(
  attributes: Record<string, string>,
  properties: Record<string, string>,
  rest: Partial<Layers> = {},
): Layers {
  const rundeck: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...located, ...attributes }))
    rundeck[variableName("NODE", name)] = value;
  for (const [name, value] of Object.entries({
    document: "Doc",
    ...properties,
  }))
    rundeck[variableName("CONFIG", name)] = value;
  return {
    service: "WorkflowNodeStep",
    nodeName: "web1",
    options: new Map(),
    rundeck,
    environment: {},
    ...rest,
  };
}

const executors = "plugin.NodeExecutor.awsssmexecutor";
const own = "plugin.WorkflowNodeStep.aws-ssm-document";

function refusal(gathered: Layers): string {
  try {
    parseStepSettings(gathered);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "";
}

describe("a document step's settings", () => {
  test("are what its form has, as it is", () => {
    const properties = {
      document: "AWS-RunPatchBaseline",
      "document-version": "$LATEST",
      parameters: "Operation: Scan\n",
      comment: "why",
    };
    expect(parseStepSettings(layers({}, properties))).toMatchObject({
      document: "AWS-RunPatchBaseline",
      documentVersion: "$LATEST",
      parameters: "Operation: Scan\n",
      comment: "why",
      executionTimeoutSeconds: 3_600,
      saysFamily: false,
    });
  });

  test("come from the step before the node, and from the node before the project", () => {
    const project = new Map([
      [`project.${executors}.ssm-execution-timeout`, "10"],
      [`project.${executors}.ssm-delivery-timeout`, "40"],
      [`project.${executors}.cloudwatch-log-group`, "projects"],
    ]);
    const settings = parseStepSettings(
      layers(
        { "ssm-execution-timeout": "20", "ssm-delivery-timeout": "50" },
        { "ssm-execution-timeout": "30" },
        { project },
      ),
    );
    expect(settings).toMatchObject({
      executionTimeoutSeconds: 30,
      deliveryTimeoutSeconds: 50,
      logGroup: "projects",
    });
    expect(settings.sources.get("ssm-execution-timeout")).toBe(
      "step property ssm-execution-timeout",
    );
  });

  test("count the node's attributes also where Rundeck has another answer for the step", () => {
    const settings = parseStepSettings(
      layers({ "ssm-profile": "nodes" }, { "ssm-profile": "projects" }),
    );
    expect(settings.credentials).toMatchObject({ profile: "nodes" });
  });

  test("take what Rundeck answers before the executor's properties", () => {
    const project = new Map([
      [`project.${own}.ssm-profile`, "steps"],
      [`project.${executors}.ssm-profile`, "executors"],
    ]);
    const answered = layers({}, { "ssm-profile": "steps" }, { project });
    expect(parseStepSettings(answered).credentials).toMatchObject({
      profile: "steps",
    });
    const others = new Map([[`project.${executors}.ssm-profile`, "executors"]]);
    expect(
      parseStepSettings(layers({}, {}, { project: others })).credentials,
    ).toMatchObject({ profile: "executors" });
  });

  test("open a secret that Rundeck has opened for the step", () => {
    const { credentials } = parseStepSettings(
      layers({}, { "ssm-accessKeyId": "AKIA", "ssm-secretKey": "opened" }),
    );
    expect(credentials.keys?.secretKey.reveal()).toBe("opened");
  });

  test.each([
    ["the node's", { "ssm-secretKey": "keys/x" }, new Map<string, string>()],
    [
      "the executor's",
      {},
      new Map([[`project.${executors}.ssm-secretKey`, "keys/x"]]),
    ],
  ])(
    "say where to put %s secret, which can't be opened for a step",
    (_, attributes, project) => {
      const told = refusal(
        layers({ "ssm-accessKeyId": "AKIA", ...attributes }, {}, { project }),
      );
      expect(told).toContain("can't be opened for a step");
      expect(told).toContain(
        `put the path into project.${own}.ssm-secretKey too`,
      );
      expect(told).not.toContain("keys/x");
    },
  );

  test.each([
    ["no document", { document: " " }, "the step names no document"],
    ["a document of no such form", { document: "a b" }, 'document is "a b"'],
    [
      "a version of no such form",
      { "document-version": "1.0" },
      "a version's number",
    ],
    [
      "a reference without a value",
      { parameters: "a: ${data.x@node}" },
      '"${data.x@node}", which has no value there',
    ],
    [
      "a timeout of no such form",
      { "ssm-execution-timeout": "1" },
      "from 5 to",
    ],
  ])("refuse %s", (_, properties, words) => {
    expect(refusal(layers({}, properties))).toContain(words);
  });

  test("leave a shell's own references alone", () => {
    const parameters = "commands: echo ${HOME} ${x:-y} $$";
    expect(parseStepSettings(layers({}, { parameters })).parameters).toBe(
      parameters,
    );
  });
});

type Property = {
  name: string;
  scope: string;
  required: boolean;
  renderingOptions?: Record<string, unknown>;
};

describe("the step in plugin.yaml", async () => {
  const manifest: { providers: { service: string; config: Property[] }[] } =
    parse(await readFile("plugin.yaml", "utf8"));
  const config =
    manifest.providers.find(({ service }) => service === "WorkflowNodeStep")
      ?.config ?? [];

  test("has in a job's form what is run, and its timeouts and log group", () => {
    expect(
      config
        .filter(({ scope }) => scope === "InstanceOnly")
        .map(({ name, required }) => [name, required]),
    ).toEqual([
      ["document", true],
      ["parameters", false],
      ["document-version", false],
      ["comment", false],
      ["ssm-execution-timeout", false],
      ["ssm-delivery-timeout", false],
      ["cloudwatch-log-group", false],
    ]);
  });

  test("leaves credentials and endpoints to the project and the framework, where Rundeck opens the secrets", () => {
    const others = config.filter(({ scope }) => scope !== "InstanceOnly");
    expect(new Set(others.map(({ scope }) => scope))).toEqual(
      new Set(["Project"]),
    );
    const opened = others
      .filter(
        ({ renderingOptions: options = {} }) =>
          options["valueConversion"] === "STORAGE_PATH_AUTOMATIC_READ" &&
          options["valueConversionFailure"] === "remove",
      )
      .map(({ name }) => name);
    expect(opened).toEqual(["ssm-secretKey", "ssm-rundeck-token"]);
  });
});
