import { describe, expect, it } from "vitest";
import { countSlips, listStrangers } from "../../src/doctor/names.ts";
import { variableName } from "../../src/rundeck/naming.ts";
import { settingNames } from "../../src/settings/schema.ts";
import { layersOf } from "../support/layers.ts";

describe("names that look like settings", () => {
  it.each([
    ["RUNDECK_SSM_RUNAS", "RUNDECK_SSM_RUN_AS"],
    ["RUNDECK_SSM_EXECUTION_TIMOUT", "RUNDECK_SSM_EXECUTION_TIMEOUT"],
    ["RUNDECK_SSM_ANYTHING_ELSE_AT_ALL", undefined],
  ])("are found in the environment: %s", (name, meant) => {
    const layers = layersOf({}, { environment: { [name]: "x" } });
    expect(listStrangers(layers)).toEqual([
      { name, ...(meant === undefined ? {} : { meant }) },
    ]);
  });

  it.each([
    ["instance-id", "node attribute instance_id", "instanceId"],
    [
      "ssm-excution-timeout",
      "node attribute ssm_excution_timeout",
      "ssm-execution-timeout",
    ],
    [
      "cloudwatch-loggroup",
      "node attribute cloudwatch_loggroup",
      "cloudwatch-log-group",
    ],
  ])("are found on the node: %s", (attribute, name, meant) => {
    const rundeck = { [variableName("NODE", attribute)]: "x" };
    expect(listStrangers(layersOf({}, { rundeck }))).toEqual([{ name, meant }]);
  });

  it.each([
    // Rundeck compares letter by letter
    ["project.ssm-accesskeyid", "project.ssm-accessKeyId"],
    ["project.plugin.NodeExecutor.awsssmexecutor.ssm-regoin", undefined],
    [
      "project.plugin.NodeExecutor.awsssmexecutor.ssm-runas",
      "project.plugin.NodeExecutor.awsssmexecutor.ssm-run-as",
    ],
    [
      "project.plugin.FileCopier.aws-ssm-copier.ssm-copier-buckt",
      "project.plugin.FileCopier.aws-ssm-copier.ssm-copier-bucket",
    ],
  ])("are found in the project's properties: %s", (key, meant) => {
    const project = new Map([[key, "x"]]);
    expect(listStrangers(layersOf({}, { project }))).toEqual([
      { name: key, ...(meant === undefined ? {} : { meant }) },
    ]);
  });

  it("are not ours to judge where they are other plugins', Rundeck's or AWS's", () => {
    const attributes = {
      "ssh-keypath": "x",
      "node-executor": "awsssmexecutor",
      "tag:Name": "web",
      availabilityZone: "eu-west-1a",
      osFamily: "unix",
      "os-family": "unix",
      state: "running",
      description: "",
    };
    const project = new Map([
      ["project.name", "shop"],
      ["project.ssh-keypath", "x"],
      ["project.globals.region", "x"],
      ["project.plugin.NodeExecutor.sshj.ssm-run", "x"],
      ["resources.source.1.config.accessKey", "x"],
    ]);
    const environment = { RUNDECK_SSM_NODE: "/usr/bin/node", AWS_REGION: "x" };
    const layers = layersOf(attributes, { project, environment });
    expect(listStrangers(layers)).toEqual([]);
  });

  it("are no settings: every setting's own name is known in every layer", () => {
    const all = Object.fromEntries(settingNames.map((name) => [name, "x"]));
    const project = new Map(
      settingNames.map((name) => [`project.${name}`, "x"]),
    );
    expect(listStrangers(layersOf(all, { project }))).toEqual([]);
  });
});

it.each([
  ["region", "region", 0],
  ["regoin", "region", 1],
  ["rgion", "region", 1],
  ["regionn", "region", 1],
  ["ssm-shel", "ssm-shell", 1],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
])("counts the slips from %j to %j", (one, other, slips) => {
  expect(countSlips(one, other)).toBe(slips);
});
