import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BridgeError } from "../../src/kernel/errors.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../../src/settings/parse.ts";
import { schema, secretNames, serverNames } from "../../src/settings/schema.ts";
import { layersOf, located } from "../support/layers.ts";

function executor(attributes: Record<string, string>) {
  return parseExecutorSettings(layersOf({ ...located, ...attributes }));
}

test("a node with an id and a region is enough: everything else has a default", () => {
  const { sources, ...settings } = executor({});
  expect(settings).toEqual({
    nodeName: "web1",
    instanceId: "i-0123456789abcdef0",
    region: "eu-west-1",
    osFamily: "unix",
    credentials: {},
    executionTimeoutSeconds: 3600,
    deliveryTimeoutSeconds: 600,
    sidecar: "auto",
    endpoints: {},
    runner: "full",
    passVariables: [],
    logRetrieveDelaySeconds: 0,
    outputLimitBytes: 8 * 1024 * 1024,
    liveOutput: false,
  });
  expect(sources.get("region")).toBe("node attribute region");
  expect(sources.get("ssm-runner")).toBe("default");
});

test("the copier's defaults", () => {
  const settings = parseCopierSettings(
    layersOf(located, { service: "FileCopier" }),
  );
  expect(settings).toMatchObject({ prefix: "", fileMode: "0600" });
  expect(settings).not.toHaveProperty("bucket");
  expect(settings).not.toHaveProperty("inlineLimitBytes");
});

test("every setting of the executor arrives", () => {
  expect(
    executor({
      "os-family": "Windows",
      "ssm-document-name": "arn:aws:ssm:eu-west-1:123456789012:document/Own",
      "ssm-run-as": "deploy",
      "ssm-working-directory": "/srv/my app",
      "ssm-shell": "/bin/bash",
      "ssm-pass-variables": "RD_JOB_*, RD_OPTION_A RD_NODE_NAME",
      "ssm-runner": "None",
      "cloudwatch-log-group": "/rundeck/ssm",
      "log-retrieve-delay": "15",
      "ssm-output-bucket": "out",
      "ssm-output-limit": "0",
      "ssm-live-output": "YES",
      "ssm-sidecar": "off",
      "ssm-endpoint-url": "https://vpce-1.ssm.eu-west-1.vpce.amazonaws.com",
      "sts-endpoint-url": "http://127.0.0.1:4599",
      "logs-endpoint-url": "http://localhost",
      "s3-endpoint-url": "http://[::1]:9000/path",
      "ssm-execution-timeout": "172800",
      "ssm-delivery-timeout": "30",
    }),
  ).toMatchObject({
    osFamily: "windows",
    documentName: "arn:aws:ssm:eu-west-1:123456789012:document/Own",
    runAs: "deploy",
    workingDirectory: "/srv/my app",
    shell: "/bin/bash",
    passVariables: ["RD_JOB_*", "RD_OPTION_A", "RD_NODE_NAME"],
    runner: "none",
    logGroup: "/rundeck/ssm",
    logRetrieveDelaySeconds: 15,
    outputBucket: "out",
    outputLimitBytes: 0,
    liveOutput: true,
    sidecar: "off",
    endpoints: {
      ssm: "https://vpce-1.ssm.eu-west-1.vpce.amazonaws.com",
      sts: "http://127.0.0.1:4599",
      logs: "http://localhost",
      s3: "http://[::1]:9000/path",
    },
    executionTimeoutSeconds: 172_800,
    deliveryTimeoutSeconds: 30,
  });
});

test("every setting of the copier arrives", () => {
  expect(
    parseCopierSettings(
      layersOf(
        {
          ...located,
          "ssm-copier-bucket": "transfer",
          "ssm-copier-prefix": "/rundeck/tmp/",
          "ssm-copier-kms-key": "alias/transfer",
          "ssm-copier-inline-limit": "1000",
          "ssm-copier-file-mode": "640",
        },
        { service: "FileCopier" },
      ),
    ),
  ).toMatchObject({
    bucket: "transfer",
    prefix: "rundeck/tmp",
    kmsKey: "alias/transfer",
    inlineLimitBytes: 1000,
    fileMode: "0640",
  });
});

describe("a wrong value is one line with value, node, layer and remedy", () => {
  test.each<[name: string, value: string, must: RegExp]>([
    [
      "ssm-execution-timeout",
      "abc",
      /whole number of seconds from 5 to 172800$/,
    ],
    ["ssm-execution-timeout", "4", /from 5 to 172800/],
    ["ssm-execution-timeout", "172801", /from 5 to 172800/],
    ["ssm-execution-timeout", "60s", /whole number/],
    ["ssm-execution-timeout", "1e3", /whole number/],
    ["ssm-execution-timeout", "9".repeat(30), /whole number/],
    ["ssm-delivery-timeout", "29", /from 30 to 2592000/],
    ["ssm-delivery-timeout", "2592001", /from 30 to 2592000/],
    ["log-retrieve-delay", "-1", /whole number/],
    ["ssm-output-limit", "8 MiB", /whole number of bytes/],
    ["ssm-live-output", "maybe", /true or false/],
    ["ssm-assume-role", "perhaps", /true or false/],
    ["ssm-runner", "half", /one of: full, none$/],
    ["ssm-sidecar", "on", /one of: auto, off$/],
    ["ssm-document-name", "my document", /document's name or ARN/],
    ["ssm-assume-role-arn", "arn:aws:iam::1:role/x", /role's ARN/],
    ["ssm-assume-role-arn", "arn:aws:iam::123456789012:user/x", /role's ARN/],
    ["ssm-external-id", "x", /2 to 1224/],
    ["cloudwatch-log-group", "a b", /log group's name/],
    ["ssm-output-bucket", "s3://bucket/x", /bucket's name alone/],
    ["ssm-endpoint-url", "localhost:4599", /http:\/\/ or https:\/\//],
    ["ssm-endpoint-url", "ftp://x", /http:\/\/ or https:\/\//],
    ["sts-endpoint-url", "https://", /http:\/\/ or https:\/\//],
    ["ssm-pass-variables", "PATH", /RD_ variables/],
    ["ssm-pass-variables", "RD_CONFIG_SSM_SECRETKEY", /never RD_CONFIG_/],
    ["ssm-pass-variables", "RD_JOB_ID,RD_PRIVATE_PW", /never/],
    ["region", "Ireland", /AWS region/],
    ["region", "us-east-1a", /AWS region/],
    ["instanceId", "i-123", /instance id/],
    ["instanceId", "i-0123456789ABCDEF0", /instance id/],
    ["ssm-run-as", "a\u0007b", /single line/],
  ])("%s = %j", (name, value, must) => {
    const message = outcomeOf(() => executor({ [name]: value }));
    expect(message).toMatch(/^setting-invalid: /);
    expect(message).toMatch(must);
    expect(message).toMatch(`${name} is "`);
    expect(message).toMatch(` on node "web1", from node attribute ${name}: `);
  });

  test("control characters are shown escaped, and long values cut", () => {
    expect(() =>
      executor({ "ssm-runner": `a\n\u001b[31m\u202e"\\${"x".repeat(500)}` }),
    ).toThrow(
      /is "a\\n\\u001b\[31m\\u\{202e\}\\"\\\\x{70,75}…" \(510 characters\) on/,
    );
  });

  test("a reference that nobody resolved is named", () => {
    expect(() => executor({ "ssm-run-as": "app-${node.owner}" })).toThrow(
      'ssm-run-as is "app-${node.owner}" on node "web1", from node attribute ssm-run-as: "${node.owner}" has no value there',
    );
  });
});

describe("accepted as they are written", () => {
  test.each(["true", "FALSE", "Yes", "no", "on", "OFF", "1", "0"])(
    "a flag %s",
    (value) => {
      expect(executor({ "ssm-live-output": value }).liveOutput).toBe(
        ["true", "Yes", "on", "1"].includes(value),
      );
    },
  );
  test.each([
    "arn:aws:iam::123456789012:role/path/Name",
    "arn:aws-cn:iam::123456789012:role/Name",
    "arn:aws-us-gov:iam::123456789012:role/a+=,.@-_",
    "arn:aws-iso-b:iam::123456789012:role/Name",
  ])("%s", (roleArn) => {
    expect(
      executor({ "ssm-assume-role-arn": roleArn }).credentials.assumeRole
        ?.roleArn,
    ).toBe(roleArn);
  });
  test.each([
    "us-gov-west-1",
    "ap-southeast-2",
    "us-isob-east-1",
    "eusc-de-east-1",
    "cn-north-1",
  ])("region %s", (region) => {
    expect(executor({ region }).region).toBe(region);
  });
  test.each(["i-01234567", "mi-0123456789abcdef0"])(
    "instance %s",
    (instanceId) => {
      expect(executor({ instanceId }).instanceId).toBe(instanceId);
    },
  );
});

function outcomeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return `${error.code}: ${error.message}`;
  }
  return "settings";
}

test("whatever stands in whichever setting: settings, or one line of a documented kind without control characters", () => {
  const names = Object.keys(schema).filter(
    (name) => !secretNames.has(name) && !serverNames.has(name),
  );
  const value = fc.oneof(
    fc.string(),
    fc.string({
      unit: fc.constantFrom("$", "{", "}", "\n", "\0", "/", "0", "é"),
    }),
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), value),
      (attributes) => {
        const layers = layersOf(attributes);
        const form = /^(?:settings|setting-(?:invalid|missing): \P{Cc}+)$/u;
        expect(outcomeOf(() => parseExecutorSettings(layers))).toMatch(form);
        expect(
          outcomeOf(() =>
            parseCopierSettings({ ...layers, service: "FileCopier" }),
          ),
        ).toMatch(form);
      },
    ),
    { numRuns: 500 },
  );
});
