import { describe, expect, it } from "vitest";
import { parseArguments } from "../../src/main/arguments.ts";
import { kindOfPolicyOption, requestOf } from "../../src/main/cli-policy.ts";
import { composePolicy } from "../../src/policy/compose.ts";
import type { Kind } from "../../src/policy/settings.ts";

function parse(...words: string[]) {
  return requestOf(
    parseArguments(["policy", ...words], (_, name) => kindOfPolicyOption(name)),
  );
}

/** The policy of a kind, its statements by their names. */
function statementsOf(kind: Kind, ...words: string[]) {
  const { Statement } = composePolicy(kind, parse(kind, ...words).settings);
  return Object.fromEntries(Statement.map((one) => [one.Sid, one]));
}

const account = ["--account", "111122223333"];
const key = "arn:aws:kms:eu-west-1:111122223333:key/1";

describe("wrong input is refused in one line", () => {
  const cases: [string[], string, RegExp][] = [
    [
      [],
      "setting-missing",
      /^write rundeck-ssm policy .*executor, copier, node, bucket, key, trust, all$/,
    ],
    [["executor", "node"], "setting-missing", /^write rundeck-ssm policy/],
    [["exec"], "setting-invalid", /^there is no policy "exec": .*executor/],
    [
      ["executor", "--account", "1111"],
      "setting-invalid",
      /^--account is "1111": .*12 digits$/,
    ],
    [
      ["executor", "--region", "eu-west-1a"],
      "setting-invalid",
      /^--region is "eu-west-1a": .*region/,
    ],
    [
      ["executor", "--bucket", "s3://x"],
      "setting-invalid",
      /^--bucket is "s3:\/\/x"/,
    ],
    [
      ["executor", "--log-group", "a b"],
      "setting-invalid",
      /^--log-group is "a b"/,
    ],
    [
      ["copier", "--bucket", "bbb", "--kms-key", "alias/x"],
      "setting-invalid",
      /^--kms-key is "alias\/x": .*a key's ARN/,
    ],
    [
      ["executor", "--tag", "Env"],
      "setting-invalid",
      /^--tag is "Env": .*KEY=VALUE/,
    ],
    [["executor", "--tag", "=x"], "setting-invalid", /^--tag is "=x"/],
    [
      ["executor", "--tag", "Env=${aws:username}"],
      "setting-invalid",
      /^--tag is /,
    ],
    [
      ["executor", "--document", "a b"],
      "setting-invalid",
      /^--document is "a b"/,
    ],
    [
      ["executor", "--role", "rundeck"],
      "setting-invalid",
      /^--role is "rundeck": .*role's ARN/,
    ],
    [
      ["trust", "--external-id", "a b"],
      "setting-invalid",
      /^--external-id is "a b"/,
    ],
    [
      ["executor", "--partition", "aws-xx"],
      "setting-invalid",
      /^--partition is "aws-xx": .*one of: aws, /,
    ],
    [
      ["executor", "--format", "yaml"],
      "setting-invalid",
      /^--format is "yaml": .*json, terraform, cloudformation$/,
    ],
    [
      ["node", "--tag", "a=b"],
      "setting-invalid",
      /^policy node has no use for --tag, which is for executor, copier$/,
    ],
    [
      ["copier", "--document", "Own"],
      "setting-invalid",
      /^policy copier has no use for --document/,
    ],
    [
      ["trust", "--bucket", "bbb"],
      "setting-invalid",
      /^policy trust has no use for --bucket/,
    ],
    [
      ["copier", "--kms-key", key],
      "setting-missing",
      /^policy copier has no use for --kms-key without --bucket$/,
    ],
    [["all", "--external-id", "xx"], "setting-missing", /without --role$/],
    [
      ["executor", "--region", "us-east-1", "--partition", "aws-cn"],
      "setting-invalid",
      /^--region us-east-1 is of the partition aws, and --partition says aws-cn/,
    ],
    [
      ["executor", "--role", "arn:aws-cn:iam::111122223333:role/x"],
      "setting-invalid",
      /^--role is .* partition aws: say which by --region or --partition$/,
    ],
    [
      [
        "executor",
        "--region",
        "cn-north-1",
        "--document",
        "arn:aws:ssm:us-east-1:111122223333:document/x",
      ],
      "setting-invalid",
      /^--document is .* partition aws-cn/,
    ],
  ];
  it.each(cases)("%j", (words, code, message) => {
    expect(() => parse(...words)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(message),
      }),
    );
  });
});

describe("a policy", () => {
  it("has nothing that the settings don't need", () => {
    for (const kind of ["executor", "copier"] as const)
      expect(Object.keys(statementsOf(kind))).toEqual([
        "SendDocuments",
        "SendToNodes",
        "FollowCommands",
      ]);
    expect(Object.keys(statementsOf("node"))).toEqual(["ServeCommands"]);
    const files = statementsOf(
      "node",
      "--bucket",
      "bbb",
      "--bucket-for",
      "files",
    );
    expect(Object.keys(files)).not.toContain("SendOutput");
    const output = statementsOf(
      "node",
      "--bucket",
      "bbb",
      "--bucket-for",
      "output",
    );
    expect(Object.keys(output)).toEqual(["ServeCommands", "SendOutput"]);
  });

  it("asks the nodes alone for tags: any value of one key, and all keys", () => {
    const tags = ["Env=prod", "Env=test", "App=a=b"].flatMap((tag) => [
      "--tag",
      tag,
    ]);
    const { SendDocuments, SendToNodes } = statementsOf("executor", ...tags);
    expect(SendDocuments).not.toHaveProperty("Condition");
    expect(SendToNodes?.Condition).toEqual({
      StringLike: {
        "ssm:resourceTag/Env": ["prod", "test"],
        "ssm:resourceTag/App": "a=b",
      },
    });
  });

  it("names documents by whose they are", () => {
    const shared = "arn:aws:ssm:us-east-1:444455556666:document/Shared";
    const names = ["AWS-RunShellScript", "Own", shared];
    const { SendDocuments } = statementsOf(
      "executor",
      ...account,
      ...names.flatMap((name) => ["--document", name]),
    );
    expect(SendDocuments?.Resource).toEqual([
      "arn:aws:ssm:*::document/AWS-RunShellScript",
      "arn:aws:ssm:*:111122223333:document/Own",
      shared,
    ]);
  });

  it("lets the bucket be listed, not its objects, and writes under the prefix alone", () => {
    const bucket = ["--bucket", "passing", "--prefix", "/up/load/"];
    const node = statementsOf("node", ...bucket);
    expect(node["FindFiles"]?.Resource).toBe("arn:aws:s3:::passing");
    expect(node["FetchFiles"]?.Resource).toBe("arn:aws:s3:::passing/up/load/*");
    const copier = statementsOf("copier", ...bucket);
    expect(copier["PassFiles"]?.Resource).toBe(
      "arn:aws:s3:::passing/up/load/*",
    );
  });

  it("names the log group with its streams, and it alone", () => {
    const { ReadLogs } = statementsOf(
      "executor",
      ...account,
      "--log-group",
      "/a/b",
    );
    expect(ReadLogs?.Resource).toBe(
      "arn:aws:logs:*:111122223333:log-group:/a/b:*",
    );
  });

  it.each([
    [["--region", "us-gov-west-1"], "aws-us-gov"],
    [["--region", "cn-north-1"], "aws-cn"],
    [["--region", "eusc-de-east-1"], "aws-eusc"],
    [["--region", "eu-west-1"], "aws"],
    [["--partition", "aws-us-gov"], "aws-us-gov"],
    [[], "aws"],
  ])("is of the partition of %j", (words, partition) => {
    const everything = [...words, "--bucket", "bbb"];
    const texts = (["executor", "copier", "node", "bucket"] as const).map(
      (kind) => JSON.stringify(statementsOf(kind, ...everything)),
    );
    const arns = [...texts.join().matchAll(/"arn:([^:]+):/g)];
    expect(arns.length).toBeGreaterThan(20);
    expect(new Set(arns.map(([, found]) => found))).toEqual(
      new Set([partition]),
    );
  });

  it("of a role trusts the account, with the external id where there is one", () => {
    const role = ["--role", "arn:aws:iam::444455556666:role/rundeck"];
    const trusting = { AWS: "arn:aws:iam::111122223333:root" };
    const { TrustRundeck } = statementsOf("trust", ...account, ...role);
    expect(TrustRundeck).toEqual({
      Sid: "TrustRundeck",
      Effect: "Allow",
      Principal: trusting,
      Action: "sts:AssumeRole",
    });
    const careful = statementsOf("trust", ...account, "--external-id", "x-1");
    expect(careful["TrustRundeck"]?.Condition).toEqual({
      StringEquals: { "sts:ExternalId": "x-1" },
    });
    expect(statementsOf("executor", ...role)["AssumeRole"]?.Resource).toBe(
      role[1],
    );
  });

  it("of a key is its own account's, whose it is", () => {
    const of = statementsOf(
      "key",
      "--account",
      "444455556666",
      "--kms-key",
      key,
    );
    expect(of["ManageKey"]?.Principal?.AWS).toBe(
      "arn:aws:iam::111122223333:root",
    );
    expect(of["UseKeyOnNodes"]?.Principal?.AWS).toBe(
      "arn:aws:iam::444455556666:role/NODES_ROLE",
    );
  });
});
