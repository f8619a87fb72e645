import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod/mini";
import { generateFiles } from "../../scripts/generated.ts";
import { ownVariableName, variableName } from "../../src/rundeck/naming.ts";
import { listEntries } from "../../src/settings/form.ts";

test("plugin.yaml and docs are what `npm run generate` writes", async () => {
  for (const [file, text] of await generateFiles())
    expect(await readFile(file, "utf8")).toBe(text);
});

test("every default is a value that the setting may have", () => {
  const wrong = listEntries().filter(
    ({ form, default: text }) =>
      text !== undefined && !z.safeParse(form, text).success,
  );
  expect(wrong).toEqual([]);
});

test("no two settings fold to the same variable", () => {
  const names = listEntries().map(({ name }) => name);
  expect(new Set(names.map((name) => variableName("CONFIG", name))).size).toBe(
    names.length,
  );
  expect(new Set(names.map(ownVariableName)).size).toBe(names.length);
});

type Property = {
  name: string;
  title: string;
  type: string;
  default?: string;
  values?: string;
  labels?: Record<string, unknown>;
  renderingOptions?: Record<string, string>;
};
type Provider = {
  name: string;
  service: string;
  config: Property[];
  [key: string]: unknown;
};

describe("plugin.yaml", async () => {
  const manifest: { providers: Provider[]; [key: string]: unknown } = parse(
    await readFile("plugin.yaml", "utf8"),
  );
  const nodeProviders = manifest.providers.filter(
    ({ service }) => service === "NodeExecutor" || service === "FileCopier",
  );
  // the step's properties are of another kind: step.test.ts
  const properties = manifest.providers
    .filter(({ service }) => service !== "WorkflowNodeStep")
    .flatMap(({ config }) => config);

  test("has the providers under their fixed names", () => {
    expect(
      manifest.providers.map(({ service, name }) => [service, name]),
    ).toEqual([
      ["NodeExecutor", "awsssmexecutor"],
      ["FileCopier", "aws-ssm-copier"],
      ["ResourceModelSource", "aws-ssm-nodes"],
      ["WorkflowNodeStep", "aws-ssm-document"],
      ["WorkflowNodeStep", "aws-ssm-doctor"],
    ]);
  });

  test("has only keys that every Rundeck knows, since one more rejects the plugin", () => {
    expect(Object.keys(manifest).toSorted()).toEqual([
      "author",
      "date",
      "description",
      "docsLink",
      "license",
      "name",
      "providers",
      "rundeckPluginVersion",
      "sourceLink",
      "tags",
      "url",
      "version",
    ]);
    expect(manifest["rundeckPluginVersion"]).toBe(1.2);
  });

  test("sets no default, which would hide the raw layers", () => {
    expect(properties.filter((property) => "default" in property)).toEqual([]);
  });

  test("has only types that load: a Password rejects the provider", () => {
    expect(new Set(properties.map(({ type }) => type))).toEqual(
      new Set(["String", "Integer", "Select"]),
    );
  });

  test("lets Rundeck open every secret, and leave it out where it can't", () => {
    const opened = properties
      .filter(
        ({ renderingOptions = {} }) =>
          renderingOptions["selectionAccessor"] === "STORAGE_PATH" &&
          renderingOptions["valueConversion"] ===
            "STORAGE_PATH_AUTOMATIC_READ" &&
          renderingOptions["valueConversionFailure"] === "remove",
      )
      .map(({ name }) => name);
    const secrets = listEntries().filter(({ isSecret }) => isSecret);
    expect(new Set(opened)).toEqual(new Set(secrets.map(({ name }) => name)));
  });

  test("has the doctor's step, whose secrets Rundeck opens or leaves out", () => {
    const doctor = manifest.providers.find(
      ({ name }) => name === "aws-ssm-doctor",
    );
    expect(doctor?.config.map(({ name, type }) => [name, type])).toEqual([
      ["run", "Select"],
      ["ssm-accessKeyId", "String"],
      ["ssm-secretKey", "String"],
      ["ssm-rundeck-token", "String"],
      ["ssm-rundeck-url", "String"],
    ]);
    for (const at of [2, 3])
      expect(doctor?.config[at]?.renderingOptions).toMatchObject({
        valueConversion: "STORAGE_PATH_AUTOMATIC_READ",
        valueConversionFailure: "remove",
      });
  });

  test("lets a node override each setting but the server's own", () => {
    const fixed = nodeProviders
      .flatMap(({ config }) => config)
      .filter(
        ({ name, renderingOptions = {} }) =>
          renderingOptions["instance-scope-node-attribute"] !== name,
      )
      .map(({ name }) => name);
    expect(new Set(fixed)).toEqual(
      new Set([
        "ssm-metrics-file",
        "ssm-node-endpoints",
        "ssm-rundeck-url",
        "ssm-rundeck-token",
        "ssm-node-path",
      ]),
    );
  });

  test("names no two fields of a form alike, and puts none that is not Enterprise's outside of a closed fold", () => {
    for (const { config, service } of manifest.providers) {
      if (service === "WorkflowNodeStep") continue;
      const titles = config.map(({ title }) => title);
      expect(new Set(titles).size).toBe(titles.length);
    }
    for (const { config } of nodeProviders) {
      const open = config.filter(
        ({ renderingOptions }) =>
          renderingOptions?.["grouping"] !== "secondary",
      );
      expect(config.slice(0, open.length)).toEqual(open);
      expect(open.length).toBeLessThanOrEqual(8);
    }
  });

  test("has words for every value to choose, none of which YAML 1.1 takes for a boolean", async () => {
    const asRundeck: { providers: Provider[] } = parse(
      await readFile("plugin.yaml", "utf8"),
      { version: "1.1" },
    );
    const selects = asRundeck.providers
      .flatMap(({ config }) => config)
      .filter(({ values }) => values !== undefined);
    expect(selects.length).toBeGreaterThan(0);
    for (const { values, labels = {} } of selects) {
      expect(Object.keys(labels).join(",")).toBe(values);
      for (const label of Object.values(labels))
        expect(label).toBeTypeOf("string");
    }
  });

  test("says which form the node source prints", () => {
    expect(manifest.providers).toContainEqual(
      expect.objectContaining({
        "resource-format": "resourcejson",
        "script-file": "aws-ssm-nodes.sh",
      }),
    );
  });

  test("passes no data in arguments, where Rundeck would split it", () => {
    expect(
      manifest.providers.map((provider) => provider["script-args"]),
    ).toEqual([undefined, "copy", undefined, undefined, undefined]);
  });
});
