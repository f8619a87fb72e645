import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BridgeError } from "../../src/kernel/errors.ts";
import { parseHost, type Environment } from "../../src/rundeck/environment.ts";
import { ownVariableName, variableName } from "../../src/rundeck/naming.ts";
import { parseProperties } from "../../src/rundeck/properties.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../../src/settings/parse.ts";
import { settingNames } from "../../src/settings/schema.ts";
import { runs } from "../support/fuzz.ts";

const nasty = fc.constantFrom(
  ..."${}\\\n\r\t =:#!'\"%/\u0000\u001b\u2028é😀\ud800a0-".split(""),
  "${node.name}",
  "${option.x}",
  "keys/a",
  "i-0123456789abcdef0",
  "eu-west-1",
);
const text = fc.oneof(
  fc.string({ unit: nasty, maxLength: 40 }),
  fc.constantFrom("", "true", "none", "60", "i-0123456789abcdef0", "eu-west-1"),
);
const setting = fc.constantFrom(...settingNames);
const variable = fc.oneof(
  setting.map((name) => variableName("NODE", name)),
  setting.map((name) => variableName("CONFIG", name)),
  setting.map(ownVariableName),
  fc.constantFrom(
    "RD_NODE_NAME",
    "RD_NODE_HOSTNAME",
    "RD_NODE_OS_FAMILY",
    "RD_EXEC_COMMAND",
    "RD_FILE_COPY_FILE",
    "RD_OPTION_X",
    "RD_SECUREOPTION_X",
    "RD_RUNDECK_PROJECT",
    "AWS_REGION",
  ),
);
/** A node that is complete, so that what is drawn on top of it is looked at too. */
const node = {
  RD_EXEC_COMMAND: "x",
  RD_FILE_COPY_FILE: "x",
  RD_NODE_NAME: "web1",
  RD_NODE_INSTANCEID: "i-0123456789abcdef0",
  RD_NODE_REGION: "eu-west-1",
};
const plugins = [
  "",
  "plugin.NodeExecutor.awsssmexecutor.",
  "plugin.FileCopier.aws-ssm-copier.",
];
function fileOf(scope: string) {
  const line = fc
    .tuple(fc.constantFrom(...plugins), setting, text)
    .map(([plugin, name, value]) => `${scope}.${plugin}${name}=${value}`);
  return fc
    .array(fc.oneof(line, fc.string({ unit: nasty })), { maxLength: 8 })
    .map((lines) => lines.join("\n"));
}

test("whatever the environment and the property files hold: settings, or one line of a documented kind", () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(
      fc
        .tuple(
          fc.constantFrom({}, node, node),
          fc.dictionary(variable, text, { maxKeys: 8 }),
        )
        .map((parts): Environment => Object.assign({}, ...parts)),
      fc.option(fileOf("project"), { nil: undefined }),
      fc.option(fileOf("framework"), { nil: undefined }),
      fc.constantFrom("NodeExecutor" as const, "FileCopier" as const),
      (environment, project, framework, service) => {
        const outcome = outcomeOf(() => {
          const host = parseHost(environment, service);
          const layers = {
            service,
            nodeName: host.nodeName,
            options: new Map(),
            rundeck: environment,
            environment,
            ...(project === undefined
              ? {}
              : { project: parseProperties(project) }),
            ...(framework === undefined
              ? {}
              : { framework: parseProperties(framework) }),
          };
          if (service === "NodeExecutor") parseExecutorSettings(layers);
          else parseCopierSettings(layers);
        });
        outcomes.add(outcome.split(":")[0] ?? "");
        expect(outcome).toMatch(
          /^(?:settings|setting-(?:invalid|missing): \P{Cc}+)$/u,
        );
      },
    ),
    { numRuns: runs(1000) },
  );
  // the inputs are not all refused at the same door
  expect([...outcomes].toSorted()).toEqual([
    "setting-invalid",
    "setting-missing",
    "settings",
  ]);
});

function outcomeOf(run: () => void): string {
  try {
    run();
    return "settings";
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
