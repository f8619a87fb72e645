import { describe, expect, test } from "vitest";
import type { Layers } from "../../src/rundeck/layers.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../../src/settings/parse.ts";
import type { CredentialSettings } from "../../src/settings/settings.ts";
import { layersOf, located } from "../support/layers.ts";

const roleArn = "arn:aws:iam::123456789012:role/Rundeck";
const ownArn = "arn:aws:iam::123456789012:role/Copier";
const canary = "canary/Secret+Key";

type Rest = Partial<Layers> & { answers?: Record<string, string> };

function shown({
  keys,
  baseFrom: _base,
  roleFrom: _role,
  ...others
}: CredentialSettings) {
  return {
    ...others,
    ...(keys ? { keys: [keys.accessKeyId, keys.secretKey.reveal()] } : {}),
  };
}

function executor(attributes: Record<string, string>, rest: Rest = {}) {
  const { credentials } = parseExecutorSettings(
    layersOf({ ...located, ...attributes }, rest),
  );
  return shown(credentials);
}

function copier(answers: Record<string, string>) {
  const { credentials } = parseCopierSettings(
    layersOf(located, { service: "FileCopier", answers }),
  );
  return shown(credentials);
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

  describe("that stand in the executor's plugin properties alone", () => {
    const executors = (settings: Record<string, string>, scope = "project") =>
      new Map(
        Object.entries(settings).map(([name, value]) => [
          `${scope}.plugin.NodeExecutor.awsssmexecutor.${name}`,
          value,
        ]),
      );
    const copierOf = (layers: Rest) =>
      parseCopierSettings(
        layersOf(located, { service: "FileCopier", ...layers }),
      );

    test("count: profile, role, external id, timeouts, user, endpoints", () => {
      const settings = copierOf({
        project: executors({
          "ssm-profile": "ops",
          "ssm-assume-role-arn": roleArn,
          "ssm-external-id": "ext",
          "ssm-execution-timeout": "77",
          "ssm-run-as": "deploy",
        }),
        framework: executors(
          { "s3-endpoint-url": "http://s3", "ssm-delivery-timeout": "33" },
          "framework",
        ),
      });
      expect(settings).toMatchObject({
        credentials: {
          profile: "ops",
          assumeRole: { roleArn, externalId: "ext" },
        },
        executionTimeoutSeconds: 77,
        deliveryTimeoutSeconds: 33,
        runAs: "deploy",
        endpoints: { s3: "http://s3" },
      });
      expect(settings.sources.get("ssm-profile")).toBe(
        "project.plugin.NodeExecutor.awsssmexecutor.ssm-profile",
      );
    });

    test.each(["project", "framework"])(
      "end with a remedy where the key is in Key Storage, in the %s's",
      (scope) => {
        const keys = executors(
          { "ssm-accessKeyId": "AKIA1", "ssm-secretKey": canary },
          scope,
        );
        const message = problem(() => copierOf({ [scope]: keys }));
        expect(message).toMatch(
          new RegExp(
            `^ssm-secretKey on node "web1", from ${scope}\\.plugin\\.NodeExecutor.*put the path into project\\.plugin\\.FileCopier\\.aws-ssm-copier\\.ssm-secretKey`,
          ),
        );
        expect(message).not.toContain(canary);
      },
    );

    test("do not count beside a key or profile of the copier's own properties, nor does their role", () => {
      const project = executors({
        "ssm-accessKeyId": "AKIA1",
        "ssm-secretKey": canary,
        "ssm-assume-role-arn": roleArn,
      });
      project.set(
        "project.plugin.FileCopier.aws-ssm-copier.ssm-profile",
        "copy",
      );
      expect(
        shown(
          copierOf({ project, answers: { "ssm-profile": "copy" } }).credentials,
        ),
      ).toEqual({ profile: "copy" });
    });

    test("come before farther properties of the copier's own", () => {
      const framework = new Map([
        ["framework.plugin.FileCopier.aws-ssm-copier.ssm-profile", "copy"],
      ]);
      const project = executors({ "ssm-profile": "ops" });
      expect(
        shown(
          copierOf({ project, framework, answers: { "ssm-profile": "copy" } })
            .credentials,
        ),
      ).toEqual({ profile: "ops" });
    });
  });

  test("half a pair of its own is not completed by the executor's", () => {
    expect(
      problem(() => copier({ ...node, "ssm-copier-accessKeyId": "AKIA2" })),
    ).toMatch(/^ssm-copier-secretKey on node/);
  });
});
