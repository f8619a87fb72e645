import { describe, expect, test } from "vitest";
import type { Layers } from "../../src/rundeck/layers.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../../src/settings/parse.ts";
import { layersOf, located } from "../support/layers.ts";

const roleArn = "arn:aws:iam::123456789012:role/Rundeck";
const ownArn = "arn:aws:iam::123456789012:role/Copier";
const canary = "canary/Secret+Key";

type Rest = Partial<Layers> & { answers?: Record<string, string> };

function executor(attributes: Record<string, string>, rest: Rest = {}) {
  const { credentials } = parseExecutorSettings(
    layersOf({ ...located, ...attributes }, rest),
  );
  return {
    ...credentials,
    ...(credentials.keys
      ? {
          keys: [
            credentials.keys.accessKeyId,
            credentials.keys.secretKey.reveal(),
          ],
        }
      : {}),
  };
}

function copier(answers: Record<string, string>) {
  const { credentials } = parseCopierSettings(
    layersOf(located, { service: "FileCopier", answers }),
  );
  return {
    ...credentials,
    ...(credentials.keys
      ? {
          keys: [
            credentials.keys.accessKeyId,
            credentials.keys.secretKey.reveal(),
          ],
        }
      : {}),
  };
}

describe("the executor's credentials", () => {
  test("are keys, with the newline that Key Storage kept gone", () => {
    expect(
      executor(
        { "ssm-secretKey": "keys/aws" },
        {
          answers: {
            "ssm-accessKeyId": "AKIA1",
            "ssm-secretKey": `${canary}\n`,
          },
        },
      ),
    ).toEqual({ keys: ["AKIA1", canary] });
  });
  test("or a profile", () => {
    expect(executor({ "ssm-profile": "ops" })).toEqual({ profile: "ops" });
  });
  test("keys before a profile", () => {
    expect(
      executor(
        { "ssm-profile": "ops" },
        { answers: { "ssm-accessKeyId": "AKIA1", "ssm-secretKey": canary } },
      ),
    ).toEqual({ keys: ["AKIA1", canary] });
  });
  test("with a role on top", () => {
    expect(
      executor({
        "ssm-assume-role": "true",
        "ssm-assume-role-arn": roleArn,
        "ssm-external-id": "ext",
        "ssm-profile": "ops",
      }),
    ).toEqual({ profile: "ops", assumeRole: { roleArn, externalId: "ext" } });
  });
  test("an ARN alone is a role to assume, unless told not to", () => {
    expect(executor({ "ssm-assume-role-arn": roleArn })).toEqual({
      assumeRole: { roleArn },
    });
    expect(
      executor({ "ssm-assume-role-arn": roleArn, "ssm-assume-role": "FALSE" }),
    ).toEqual({});
  });
});

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "no error";
}

describe("credentials that can't work are one line, without the secret", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "an id without a key",
      () => executor({ "ssm-accessKeyId": "AKIA1" }),
      /^ssm-secretKey on node "web1" is set in no layer, or its Key Storage path can't be opened, but ssm-accessKeyId is set, from node attribute ssm-accessKeyId: set ssm-secretKey in project\.plugin\.NodeExecutor\.awsssmexecutor\.ssm-secretKey/,
    ],
    [
      "a key without an id",
      () => executor({}, { answers: { "ssm-secretKey": canary } }),
      /^ssm-accessKeyId on node "web1" is set in no layer, but ssm-secretKey is set, from framework\.plugin/,
    ],
    [
      "a path in a raw layer, which only Rundeck could open",
      () =>
        executor({}, { project: new Map([["project.ssm-secretKey", canary]]) }),
      /^ssm-secretKey on node "web1", from project\.ssm-secretKey, can't be opened: only Rundeck reads Key Storage.*put the path into project\.plugin\.NodeExecutor\.awsssmexecutor\.ssm-secretKey or the node attribute ssm-secretKey$/,
    ],
    [
      "a raw path nearer than an opened one",
      () =>
        executor(
          {},
          {
            project: new Map([["project.ssm-secretKey", canary]]),
            answers: { "ssm-secretKey": canary },
          },
        ),
      /from project\.ssm-secretKey, can't be opened/,
    ],
    [
      "a path that leads nowhere",
      () =>
        parseExecutorSettings({
          ...layersOf(located),
          rundeck: {
            RD_NODE_INSTANCEID: located.instanceId,
            RD_NODE_REGION: "eu-west-1",
            RD_NODE_SSM_SECRETKEY: canary,
          },
        }),
      /from node attribute ssm-secretKey, is no Key Storage path that Rundeck could open/,
    ],
    [
      "a path hidden by an empty attribute",
      () => {
        const layers = layersOf(located, {
          project: new Map([
            [
              "project.plugin.NodeExecutor.awsssmexecutor.ssm-secretKey",
              canary,
            ],
          ]),
        });
        return parseExecutorSettings({
          ...layers,
          rundeck: { ...layers.rundeck, RD_NODE_SSM_SECRETKEY: "" },
        });
      },
      /is hidden from Rundeck by an empty node attribute ssm-secretKey: remove/,
    ],
    [
      "a key with a blank in it",
      () =>
        executor(
          {},
          {
            answers: {
              "ssm-accessKeyId": "AKIA1",
              "ssm-secretKey": `${canary} ${canary}`,
            },
          },
        ),
      /^ssm-secretKey is malformed on node "web1", from framework\.plugin/,
    ],
    [
      "a secret as an option",
      () => executor({}, { options: new Map([["ssm-secretKey", canary]]) }),
      /must not be given as an option.*RUNDECK_SSM_SECRETKEY$/,
    ],
    [
      "a role without its ARN",
      () => executor({ "ssm-assume-role": "yes" }),
      /^ssm-assume-role is true .*, but ssm-assume-role-arn is set in no layer/,
    ],
  ])("%s", (_, run, expected) => {
    const message = problem(run);
    expect(message).toMatch(expected);
    expect(message).not.toContain(canary);
  });
});

describe("the copier's credentials", () => {
  const node = { "ssm-accessKeyId": "AKIA1", "ssm-secretKey": canary };
  const own = {
    "ssm-copier-accessKeyId": "AKIA2",
    "ssm-copier-secretKey": "own",
  };
  const nodeRole = {
    "ssm-assume-role": "true",
    "ssm-assume-role-arn": roleArn,
  };

  test.each<[string, Record<string, string>, object]>([
    ["are its own", { ...node, ...own }, { keys: ["AKIA2", "own"] }],
    [
      "or the executor's",
      { ...node, ...nodeRole },
      { keys: ["AKIA1", canary], assumeRole: { roleArn } },
    ],
    ["or nobody's", {}, {}],
    [
      "the executor's role is not for the copier's keys",
      { ...own, ...nodeRole },
      { keys: ["AKIA2", "own"] },
    ],
    [
      "a role of its own goes on top of the executor's keys",
      { ...node, ...nodeRole, "ssm-copier-assume-role-arn": ownArn },
      { keys: ["AKIA1", canary], assumeRole: { roleArn: ownArn } },
    ],
    [
      "and it can do without the executor's role",
      { ...node, ...nodeRole, "ssm-copier-assume-role": "false" },
      { keys: ["AKIA1", canary] },
    ],
    [
      "its own profile comes before the executor's keys",
      { ...node, "ssm-copier-profile": "copy" },
      { profile: "copy" },
    ],
  ])("%s", (_, answers, expected) => {
    expect(copier(answers)).toEqual(expected);
  });

  test("half a pair of its own is not completed by the executor's", () => {
    expect(
      problem(() => copier({ ...node, "ssm-copier-accessKeyId": "AKIA2" })),
    ).toMatch(/^ssm-copier-secretKey on node/);
  });
});
