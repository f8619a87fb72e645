import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod/mini";
import { generateFiles } from "../../scripts/generated.ts";
import { ownVariableName, variableName } from "../../src/rundeck/naming.ts";
import { listEntries } from "../../src/settings/manifest.ts";
import { defaults, schema, secretNames } from "../../src/settings/schema.ts";

test("plugin.yaml and README.md are what `npm run generate` writes", async () => {
  for (const [file, text] of await generateFiles())
    expect(await readFile(file, "utf8")).toBe(text);
});

test("every setting is described, once", () => {
  const described = listEntries().map(({ name }) => name);
  expect(described.toSorted()).toEqual(Object.keys(schema).toSorted());
});

test("every default is a value that the setting may have", () => {
  const forms: Readonly<Record<string, z.core.$ZodType>> = schema;
  const wrong = Object.entries(defaults).filter(
    ([name, text]) => !z.safeParse(forms[name] ?? z.never(), text).success,
  );
  expect(wrong).toEqual([]);
});

test("no two settings fold to the same variable", () => {
  const names = Object.keys(schema);
  expect(new Set(names.map((name) => variableName("CONFIG", name))).size).toBe(
    names.length,
  );
  expect(new Set(names.map(ownVariableName)).size).toBe(names.length);
});

type Property = {
  name: string;
  type: string;
  default?: string;
  values?: string;
  renderingOptions: Record<string, string>;
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
  const properties = manifest.providers.flatMap(({ config }) => config);

  test("has the two providers under their fixed names", () => {
    expect(
      manifest.providers.map(({ service, name }) => [service, name]),
    ).toEqual([
      ["NodeExecutor", "awsssmexecutor"],
      ["FileCopier", "aws-ssm-copier"],
    ]);
  });

  test("has only keys that every Rundeck knows, since one more rejects the plugin", () => {
    expect(Object.keys(manifest).toSorted()).toEqual([
      "author",
      "description",
      "license",
      "name",
      "providers",
      "rundeckPluginVersion",
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
        ({ renderingOptions }) =>
          renderingOptions["selectionAccessor"] === "STORAGE_PATH" &&
          renderingOptions["valueConversion"] ===
            "STORAGE_PATH_AUTOMATIC_READ" &&
          renderingOptions["valueConversionFailure"] === "remove",
      )
      .map(({ name }) => name);
    expect(new Set(opened)).toEqual(secretNames);
  });

  test("lets a node override each setting but the server's own", () => {
    const fixed = properties
      .filter(
        ({ name, renderingOptions }) =>
          renderingOptions["instance-scope-node-attribute"] !== name,
      )
      .map(({ name }) => name);
    expect(new Set(fixed)).toEqual(
      new Set(["ssm-rundeck-url", "ssm-rundeck-token", "ssm-node-path"]),
    );
  });

  test("passes no data in arguments, where Rundeck would split it", () => {
    expect(
      manifest.providers.map((provider) => provider["script-args"]),
    ).toEqual([undefined, "copy"]);
  });
});
