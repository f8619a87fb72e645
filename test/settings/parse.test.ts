import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BridgeError } from "../../src/kernel/errors.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../../src/settings/parse.ts";
import { recordOf, settingNames } from "../../src/settings/schema.ts";
import { layersOf, located } from "../support/layers.ts";
import { runs } from "../support/fuzz.ts";

function executor(
  attributes: Record<string, string>,
  rest: Parameters<typeof layersOf>[1] = {},
) {
  return parseExecutorSettings(layersOf({ ...located, ...attributes }, rest));
}

test("a node with an id and a region is enough: everything else has a default", () => {
  const { sources, shown, ...settings } = executor({});
  expect(settings).toEqual({
    nodeName: "web1",
    instanceId: "i-0123456789abcdef0",
    region: "eu-west-1",
    osFamily: "unix",
    credentials: { baseFrom: "ssm", roleFrom: "ssm" },
    executionTimeoutSeconds: 3600,
    deliveryTimeoutSeconds: 600,
    sidecar: "auto",
    endpoints: {},
    notes: [],
    runner: "full",
    passVariables: [],
    logRetrieveDelaySeconds: 0,
    outputLimitBytes: 8 * 1024 * 1024,
    liveOutput: false,
  });
  expect(sources.get("region")).toBe("node attribute region");
  expect(sources.get("ssm-runner")).toBe("default");
  expect(shown.get("ssm-runner")).toBe("full");
});

test("the copier's defaults", () => {
  const settings = parseCopierSettings(
    layersOf(located, { service: "FileCopier" }),
  );
  expect(settings).toMatchObject({ prefix: "" });
  expect(settings).not.toHaveProperty("fileMode");
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

describe("an endpoint, which Rundeck's form does not show, counts in", () => {
  const url = "https://vpce-1.ssm.eu-west-1.vpce.amazonaws.com";
  const path = "plugin.NodeExecutor.awsssmexecutor.ssm-endpoint-url";
  const properties = (key: string) => new Map([[key, url]]);
  test.each<[string, Parameters<typeof layersOf>[1]]>([
    [
      "what Rundeck has resolved of a project in its database",
      { answers: { "ssm-endpoint-url": url } },
    ],
    [
      "the project's plugin property",
      { project: properties(`project.${path}`) },
    ],
    ["the project", { project: properties("project.ssm-endpoint-url") }],
    [
      "the framework's plugin property",
      { framework: properties(`framework.${path}`) },
    ],
    ["the framework", { framework: properties("framework.ssm-endpoint-url") }],
    [
      "the server's environment",
      { environment: { RUNDECK_SSM_ENDPOINT_URL: url } },
    ],
  ])("%s", (_, layer) => {
    expect(executor({}, layer).endpoints).toEqual({ ssm: url });
  });

  test("a node's attribute, and is shown without a user and a password", () => {
    const { endpoints, shown } = executor({
      "ssm-endpoint-url": "https://ada:secret@vpce-1.example",
    });
    expect(endpoints).toEqual({ ssm: "https://ada:secret@vpce-1.example" });
    expect(shown.get("ssm-endpoint-url")).toBe('"https://vpce-1.example"');
  });
});

describe("endpoints of a node's attributes, where the server ignores them", () => {
  const ignoring = {
    project: new Map([["project.ssm-node-endpoints", "ignore"]]),
  };
  const names = [
    "ssm-endpoint-url",
    "sts-endpoint-url",
    "logs-endpoint-url",
    "s3-endpoint-url",
  ];

  test("don't count, and one note names them", () => {
    const attributes = Object.fromEntries(
      names.map((name) => [name, "http://evil.example"]),
    );
    const { endpoints, notes } = parseExecutorSettings(
      layersOf({ ...located, ...attributes }, ignoring),
    );
    expect(endpoints).toEqual({});
    expect(notes).toHaveLength(1);
    for (const part of [
      ...names,
      "web1",
      "ssm-node-endpoints",
      "project.ssm-node-endpoints",
    ])
      expect(notes[0]).toContain(part);
  });

  test("don't count through a second attribute that folds to the same variable", () => {
    const layers = layersOf(located, ignoring);
    const { endpoints } = parseExecutorSettings({
      ...layers,
      rundeck: {
        ...layers.rundeck,
        RD_NODE_SSM_ENDPOINT_URL: "",
        RD_CONFIG_SSM_ENDPOINT_URL: "http://evil.example",
      },
    });
    expect(endpoints).toEqual({});
  });

  test("leave the project's and the framework's as they are", () => {
    const project = new Map([
      ...ignoring.project,
      [
        "project.plugin.NodeExecutor.awsssmexecutor.ssm-endpoint-url",
        "http://ours.example",
      ],
    ] as const);
    const { endpoints, notes, sources } = parseExecutorSettings(
      layersOf(
        { ...located, "ssm-endpoint-url": "http://evil.example" },
        { project, answers: { "s3-endpoint-url": "http://s3.example" } },
      ),
    );
    expect(endpoints).toEqual({
      ssm: "http://ours.example",
      s3: "http://s3.example",
    });
    expect(notes).toHaveLength(1);
    expect(sources.get("ssm-endpoint-url")).toMatch(/^project\.plugin/);
  });

  test("can't be allowed by the node itself", () => {
    const { endpoints } = parseExecutorSettings({
      ...layersOf(located, ignoring),
      rundeck: {
        ...layersOf(located).rundeck,
        RD_NODE_SSM_NODE_ENDPOINTS: "allow",
        RD_NODE_S3_ENDPOINT_URL: "http://evil.example",
        RD_CONFIG_S3_ENDPOINT_URL: "http://evil.example",
      },
    });
    expect(endpoints).toEqual({});
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

describe("a node's endpoint", () => {
  const url = "http://evil";
  const attribute = { "ssm-endpoint-url": url };
  const ignoring = {
    project: new Map([
      ["project.ssm-node-endpoints", "ignore"],
      ["project.ssm-endpoint-url", "http://good"],
    ]),
  };

  test("counts, unless the server says otherwise", () => {
    expect(executor(attribute).endpoints.ssm).toBe(url);
  });

  test("is passed over where the project or the framework says so", () => {
    expect(executor(attribute, ignoring).endpoints.ssm).toBe("http://good");
    const framework = new Map([["framework.ssm-node-endpoints", "ignore"]]);
    expect(executor(attribute, { framework }).endpoints).toEqual({});
  });

  test("can't be allowed by the node itself", () => {
    const both = { ...attribute, "ssm-node-endpoints": "allow" };
    const answers = { "ssm-node-endpoints": "ignore" };
    expect(executor(both, { answers }).endpoints).toEqual({});
  });
});

describe("what the node executor's properties say", () => {
  const project = new Map([
    ["project.plugin.NodeExecutor.awsssmexecutor.ssm-profile", "ops"],
    ["project.plugin.NodeExecutor.awsssmexecutor.ssm-run-as", "app"],
    ["project.plugin.NodeExecutor.awsssmexecutor.region", "eu-central-1"],
  ]);
  const copier = (rest: Parameters<typeof layersOf>[1]) =>
    parseCopierSettings(
      layersOf(
        { instanceId: located.instanceId },
        { service: "FileCopier", ...rest },
      ),
    );

  test("counts for the file copier, behind its own layers of the same scope", () => {
    const settings = copier({ project });
    expect(settings.credentials.profile).toBe("ops");
    expect(settings).toMatchObject({ runAs: "app", region: "eu-central-1" });
    const own = new Map([...project, ["project.ssm-run-as", "web"]]);
    expect(copier({ project: own }).runAs).toBe("web");
    const framework = new Map([["framework.ssm-run-as", "far"]]);
    expect(copier({ project, framework }).runAs).toBe("app");
  });

  test("refuses a secret that only the executor can open, instead of taking another identity", () => {
    const path = "project.plugin.NodeExecutor.awsssmexecutor.ssm-";
    const keys = new Map([
      [`${path}accessKeyId`, "AKIA1"],
      [`${path}secretKey`, "keys/aws"],
      [`${path}region`, "eu-central-1"],
      ["project.region", "eu-central-1"],
    ]);
    expect(() => copier({ project: keys })).toThrow(
      /ssm-secretKey .*project\.plugin\.NodeExecutor\..*can't be opened for the file copier.*project\.plugin\.FileCopier\./,
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
  const names = settingNames.filter(
    (name) => !recordOf(name).isSecret && recordOf(name).scope !== "server",
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
    { numRuns: runs(500) },
  );
});

describe("the metrics file", () => {
  const named = (file: string) => ({
    project: new Map([["project.ssm-metrics-file", file]]),
  });

  test("is the server's affair, whatever a node says", () => {
    // Rundeck looks for no attribute of a property without an instance scope
    const file = "/var/lib/ssm-%p.prom";
    const { metricsFile } = executor(
      { "ssm-metrics-file": "/tmp/node.prom" },
      { ...named(file), answers: { "ssm-metrics-file": file } },
    );
    expect(metricsFile).toBe(file);
  });

  test.each(["ssm.prom", "/etc/passwd", "/var/lib/.prom", "/a\nb.prom"])(
    "is refused as %j",
    (file) => {
      expect(() => executor({}, named(file))).toThrow(
        /^ssm-metrics-file is .*project\.ssm-metrics-file: it must be an absolute path/,
      );
    },
  );
});
