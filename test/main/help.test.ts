import { describe, expect, it } from "vitest";
import { helpOf } from "../../src/main/help.ts";
import { policyOptions } from "../../src/policy/options.ts";
import { kinds } from "../../src/policy/settings.ts";
import { findOption } from "../../src/settings/options.ts";
import { listEntries } from "../../src/settings/form.ts";
import { listSourceEntries } from "../../src/settings/node-source-form.ts";

describe("help on a command", () => {
  it.each([
    ["exec", "NodeExecutor"],
    ["copy", "FileCopier"],
  ] as const)(
    "%s lists what it takes, and nothing else",
    (command, service) => {
      const text = helpOf(command) ?? "";
      const options = [...text.matchAll(/^ {2}--(\S+) VALUE$/gm)].map(
        ([, name = ""]) => findOption(name),
      );
      const expected = listEntries().filter(
        ({ services, isSecret, scope }) =>
          services.includes(service) && !isSecret && !scope,
      );
      expect(options).toEqual(expected.map(({ name }) => name));
      expect(text).toMatch(/^ {2}RUNDECK_SSM_SECRETKEY in the environment$/m);
      expect(text).toContain("5 to 172800. Default: 3600.");
    },
  );

  it("sidecar lists its verbs", () => {
    const text = helpOf("sidecar") ?? "";
    for (const verb of ["status", "status --json", "stop", "metrics"])
      expect(text).toMatch(new RegExp(`^ {2}${verb}\\s`, "m"));
    expect(text).toContain("--server PID");
  });

  it("policy lists its kinds and options", () => {
    const text = helpOf("policy") ?? "";
    for (const kind of [...kinds, "all"])
      expect(text).toMatch(new RegExp(`^ {2}${kind} {2,}`, "m"));
    const options = [...text.matchAll(/^ {2}--(\S+) /gm)];
    expect(options.map(([, name]) => name)).toEqual(Object.keys(policyOptions));
  });

  it("nodes lists the node source's properties", () => {
    const text = helpOf("nodes") ?? "";
    const options = [...text.matchAll(/^ {2}--(\S+) VALUE$/gm)].map(
      ([, name]) => name,
    );
    const expected = listSourceEntries()
      .filter(({ name, isSecret }) => name !== "ssm-node-path" && !isSecret)
      .map(({ name }) => name);
    expect(options).toEqual(expected);
    expect(text).toContain("RUNDECK_SSM_SECRETKEY in the environment");
  });

  it("doctor lists its options, and the settings of both plugins", () => {
    const text = helpOf("doctor") ?? "";
    for (const option of ["instance ID", "run", "json", "server-pid PID"])
      expect(text).toMatch(new RegExp(`^ {2}--${option} `, "m"));
    for (const name of ["ssm-run-as", "ssm-copier-bucket", "region"])
      expect(text).toContain(`\n  --${name} VALUE\n`);
    expect(text).not.toContain("--instance VALUE");
  });

  it("is the overview for the others, and nothing for what is no command", () => {
    expect(helpOf("local")).toContain("rundeck-ssm exec --instance");
    for (const word of ["nope", "toString", "constructor"])
      expect(helpOf(word)).toBeUndefined();
  });
});
