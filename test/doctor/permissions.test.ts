import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkPermissions } from "../../src/doctor/permissions/permissions.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type LocalAws, startLocalAws } from "../../src/local/local-aws.ts";
import { checkOf, contextOf, lacking, rundeck } from "../support/doctor.ts";

let aws: LocalAws;
const buckets = {
  "ssm-copier-bucket": "files",
  "ssm-copier-prefix": "rundeck",
  "ssm-output-bucket": "outputs",
};
const attributes = {
  ...buckets,
  "cloudwatch-log-group": "commands",
  "ssm-sidecar": "auto",
};

beforeAll(async () => {
  aws = await startLocalAws({ nodes: 1, strict: true, logGroup: "commands" });
});
afterAll(async () => aws.close());
beforeEach(() => {
  aws.faults.clear();
  aws.faults.deniedActions.clear();
  aws.identities.add(rundeck);
  const tidy = {
    lifecycle: [{ expirationDays: 1, abortUploadsDays: 1 }],
    publicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
  };
  for (const bucket of ["files", "outputs"]) aws.s3.createBucket(bucket, tidy);
  aws.requests.length = 0;
});

describe("a set-up in which nothing is lacking", () => {
  it("is all well, and nothing is done by asking", async () => {
    const checks = await checkPermissions(contextOf(aws, { attributes }));
    expect(checks.filter(({ state }) => state !== "ok")).toEqual([]);
    expect(checks.map(({ name }) => name).toSorted()).toEqual([
      "files: encryption",
      "files: lifecycle",
      "files: public access",
      "files: region",
      "files: s3:AbortMultipartUpload",
      "files: s3:DeleteObject",
      "files: s3:PutObject",
      "files: versioning",
      "log group commands",
      "logs:GetLogEvents",
      "outputs: encryption",
      "outputs: lifecycle",
      "outputs: public access",
      "outputs: region",
      "outputs: s3:DeleteObject",
      "outputs: s3:GetObject",
      "outputs: s3:PutObject",
      "outputs: versioning",
      "ssm:CancelCommand",
      "ssm:GetCommandInvocation",
      "ssm:ListCommandInvocations",
      "ssm:ListCommands",
      "ssm:SendCommand",
      "ssm:SendCommand on AWS-RunRemoteScript",
    ]);
    const sent = aws.requests.filter(
      ({ operation, outcome }) =>
        ["SendCommand", "CancelCommand", "DeleteObject"].includes(operation) &&
        outcome === "ok",
    );
    expect(sent).toEqual([]);
    expect(aws.s3.keysOf("files")).toEqual([]);
  });

  it("without buckets and a log group only commands are asked for", async () => {
    const given = { attributes: { "ssm-sidecar": "off" } };
    const checks = await checkPermissions(contextOf(aws, given));
    expect(checks.map(({ name }) => name)).toEqual([
      "ssm:SendCommand",
      "ssm:GetCommandInvocation",
      "ssm:CancelCommand",
      "ssm:ListCommands",
    ]);
  });
});

// What the executor and the copier do without a right: docs/iam.md, and the tests of those pipelines.
describe("a denial", () => {
  it.each([
    ["ssm:GetCommandInvocation", "ssm:GetCommandInvocation", "problem"],
    ["ssm:CancelCommand", "ssm:CancelCommand", "warning"],
    ["ssm:ListCommands", "ssm:ListCommands", "warning"],
    ["ssm:ListCommandInvocations", "ssm:ListCommandInvocations", "warning"],
    ["logs:GetLogEvents", "logs:GetLogEvents", "warning"],
    ["s3:PutObject", "files: s3:PutObject", "problem"],
    ["s3:PutObject", "outputs: s3:PutObject", "warning"],
    ["s3:DeleteObject", "files: s3:DeleteObject", "warning"],
    ["s3:AbortMultipartUpload", "files: s3:AbortMultipartUpload", "warning"],
    ["logs:DescribeLogGroups", "log group commands", "unknown"],
    ["s3:GetBucketVersioning", "files: versioning", "unknown"],
    ["s3:GetEncryptionConfiguration", "files: encryption", "unknown"],
    ["s3:GetLifecycleConfiguration", "files: lifecycle", "unknown"],
    ["s3:GetBucketPublicAccessBlock", "files: public access", "unknown"],
  ])("of %s alone makes %s a %s", async (action, name, state) => {
    aws.identities.add({ ...rundeck, policies: lacking(action) });
    const checks = await checkPermissions(contextOf(aws, { attributes }));
    const check = checkOf(checks, name);
    expect(check.state).toBe(state);
    expect(check.says).toContain(action);
    const others = checks.filter(
      (other) => other.state !== "ok" && !other.says.includes(action),
    );
    expect(others).toEqual([]);
    const remedy = `^allow ${action} .*rundeck-ssm policy \\w+`;
    expect(check.remedy ?? "").toMatch(
      new RegExp(state === "unknown" ? "^$" : remedy),
    );
  });

  it("names action, resource, principal and reason as AWS named them, and ends a run with 77", async () => {
    const action = "ssm:GetCommandInvocation";
    aws.identities.add({ ...rundeck, policies: lacking(action) });
    const checks = await checkPermissions(contextOf(aws));
    expect(checkOf(checks, action)).toEqual({
      stage: "permissions",
      name: action,
      state: "problem",
      code: "access-denied",
      says: `AWS denied ${action} on resource arn:aws:ssm:us-east-1:111122223333:* to ${rundeck.arn} (AccessDeniedException, because no identity-based policy allows the ${action} action): no command's end or output is seen`,
      remedy: `allow ${action} to the credentials in use; rundeck-ssm policy executor prints the statement`,
    });
  });

  it("by a service control policy is nothing that the policy can put right", async () => {
    aws.faults.deniedActions.add("ssm:CancelCommand");
    const checks = await checkPermissions(contextOf(aws));
    expect(checkOf(checks, "ssm:CancelCommand")).toMatchObject({
      state: "warning",
      remedy: expect.stringMatching(/whoever manages that has to allow it$/),
    });
  });

  it("of the document is a problem, and a trip is not made", async () => {
    aws.identities.add({
      ...rundeck,
      policies: [
        ...lacking("ssm:SendCommand"),
        {
          Statement: {
            Effect: "Allow",
            Action: "ssm:SendCommand",
            Resource: "arn:aws:ec2:*:*:instance/*",
          },
        },
      ],
    });
    const context = contextOf(aws);
    const checks = await checkPermissions(context);
    expect(checkOf(checks, "ssm:SendCommand")).toMatchObject({
      state: "problem",
      code: "access-denied",
      says: expect.stringContaining("document/AWS-RunShellScript"),
    });
    expect(context.known.lacks.get("send")).toBe(
      "permissions: ssm:SendCommand",
    );
  });

  it("of the instance that is not there says nothing of the node: its tags may allow it", async () => {
    aws.identities.add({
      ...rundeck,
      policies: [
        ...lacking("ssm:SendCommand"),
        {
          Statement: {
            Effect: "Allow",
            Action: "ssm:SendCommand",
            Resource: [
              "arn:aws:ssm:*::document/*",
              `arn:aws:ec2:*:*:instance/${aws.instanceIds[0]}`,
            ],
          },
        },
      ],
    });
    const context = contextOf(aws);
    const checks = await checkPermissions(context);
    expect(checkOf(checks, "ssm:SendCommand")).toMatchObject({
      state: "unknown",
      says: expect.stringContaining("instance/i-00000000000000000"),
      remedy: expect.stringContaining("--run"),
    });
    expect(context.known.lacks.has("send")).toBe(false);
  });

  it("by the bucket's own policy may be for its encryption alone", async () => {
    const Statement = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::files/*",
    } as const;
    aws.s3.createBucket("files", { policy: { Statement } });
    const checks = await checkPermissions(contextOf(aws, { attributes }));
    expect(checkOf(checks, "files: s3:PutObject")).toMatchObject({
      state: "unknown",
      remedy: expect.stringContaining("rundeck-ssm policy bucket"),
    });
  });

  it("of AWS's document for downloads leaves a copy its other ways", async () => {
    aws.identities.add({
      ...rundeck,
      policies: [
        ...lacking("ssm:SendCommand"),
        {
          Statement: {
            Effect: "Allow",
            Action: "ssm:SendCommand",
            Resource: [
              "arn:aws:ssm:*::document/AWS-RunShellScript",
              "arn:aws:ec2:*:*:instance/*",
            ],
          },
        },
      ],
    });
    const checks = await checkPermissions(contextOf(aws, { attributes }));
    expect(checkOf(checks, "ssm:SendCommand").state).toBe("ok");
    expect(
      checkOf(checks, "ssm:SendCommand on AWS-RunRemoteScript"),
    ).toMatchObject({
      state: "warning",
      says: expect.stringContaining("document/AWS-RunRemoteScript"),
    });
  });

  it("of reading is unknown where S3 would deny an object that is not there anyway", async () => {
    aws.identities.add({ ...rundeck, policies: lacking("s3:ListBucket") });
    const checks = await checkPermissions(contextOf(aws, { attributes }));
    expect(checkOf(checks, "outputs: s3:GetObject").state).not.toBe("warning");
    aws.identities.add({ ...rundeck, policies: lacking("s3:GetObject") });
    const denied = await checkPermissions(contextOf(aws, { attributes }));
    expect(checkOf(denied, "outputs: s3:GetObject").state).toBe("warning");
  });
});

describe("a bucket", () => {
  const stateOf = async (name: string, more = {}) => {
    const given = { attributes: { ...attributes, ...more } };
    const checks = await checkPermissions(contextOf(aws, given));
    return checkOf(checks, `files: ${name}`);
  };

  it("that is not there is one line, with the setting: a copy fails, output comes another way", async () => {
    const none = { "ssm-copier-bucket": "none", "ssm-output-bucket": "nope" };
    const given = { attributes: { ...attributes, ...none } };
    const checks = await checkPermissions(contextOf(aws, given));
    expect(checks.filter(({ state }) => state !== "ok")).toMatchObject([
      {
        name: "nope: s3:PutObject",
        state: "warning",
        says: expect.stringContaining("ssm-output-bucket"),
      },
      {
        name: "none: s3:PutObject",
        state: "problem",
        code: "setting-invalid",
        says: expect.stringMatching(/ssm-copier-bucket .*no such bucket/),
        remedy: "create the bucket, or correct ssm-copier-bucket",
      },
    ]);
    expect(checks.filter(({ name }) => /^no(ne|pe): /.test(name))).toHaveLength(
      2,
    );
  });

  it("in another region than the node's is told with both", async () => {
    aws.s3.createBucket("files", { region: "eu-west-1" });
    expect(await stateOf("region")).toMatchObject({
      state: "warning",
      says: expect.stringMatching(/in eu-west-1, the node in us-east-1/),
      remedy: "use a bucket in us-east-1",
    });
  });

  it("whose owner has set nothing: no rule for what is left, and not closed to the public", async () => {
    aws.s3.createBucket("files");
    expect(await stateOf("lifecycle")).toMatchObject({
      state: "warning",
      says: expect.stringMatching(
        /expires objects or ends incomplete multipart uploads under rundeck\//,
      ),
    });
    expect(await stateOf("public access")).toMatchObject({
      state: "warning",
      says: expect.stringContaining("RestrictPublicBuckets"),
    });
    expect(await stateOf("versioning")).toMatchObject({ state: "ok" });
    expect(await stateOf("encryption")).toMatchObject({
      state: "ok",
      says: "AES256, with keys of S3's own",
    });
  });

  it.each([
    [{ prefix: "other/", expirationDays: 1, abortUploadsDays: 1 }, "warning"],
    [{ expirationDays: 1 }, "warning"],
    [{ status: "Disabled", expirationDays: 1, abortUploadsDays: 1 }, "warning"],
    [{ prefix: "rundeck/", expirationDays: 1, abortUploadsDays: 1 }, "ok"],
    [{ prefix: "run", expirationDays: 1, abortUploadsDays: 1 }, "ok"],
  ] as const)("with the rule %j is %s", async (rule, state) => {
    aws.s3.createBucket("files", { lifecycle: [rule] });
    expect((await stateOf("lifecycle")).state).toBe(state);
  });

  it("that keeps versions has to expire them", async () => {
    const versioning = "Enabled" as const;
    aws.s3.createBucket("files", { versioning });
    expect(await stateOf("versioning")).toMatchObject({ state: "warning" });
    const lifecycle = [{ prefix: "rundeck/", noncurrentDays: 1 }];
    aws.s3.createBucket("files", { versioning, lifecycle });
    expect(await stateOf("versioning")).toMatchObject({ state: "ok" });
  });

  it("encrypted by KMS: only a copy tells whether the key may be used", async () => {
    aws.s3.createBucket("files", { defaultKmsKey: "1234" });
    expect(await stateOf("encryption")).toMatchObject({
      state: "unknown",
      says: expect.stringContaining("1234"),
    });
    expect(
      await stateOf("encryption", { "ssm-copier-kms-key": "alias/own" }),
    ).toMatchObject({ says: expect.stringContaining("alias/own") });
  });
});

describe("what is asked for, and can't be", () => {
  it("a log group that is not there is the node's to make", async () => {
    const given = { attributes: { "cloudwatch-log-group": "none" } };
    const checks = await checkPermissions(contextOf(aws, given));
    expect(checkOf(checks, "log group none")).toMatchObject({
      state: "warning",
      remedy: expect.stringContaining("logs:CreateLogGroup"),
    });
    expect(checkOf(checks, "logs:GetLogEvents").state).toBe("ok");
  });

  it("a document that is not there is a wrong setting", async () => {
    const given = { attributes: { "ssm-document-name": "Mine-Run" } };
    const checks = await checkPermissions(contextOf(aws, given));
    expect(checkOf(checks, "ssm:SendCommand")).toMatchObject({
      state: "problem",
      code: "setting-invalid",
      says: expect.stringContaining("Mine-Run"),
      remedy: expect.stringContaining("correct ssm-document-name"),
    });
    // a copy is sent by AWS's own document, which is tried, too
    expect(checkOf(checks, "ssm:SendCommand (copier)").state).toBe("ok");
  });

  it("the copier's own credentials are tried for themselves", async () => {
    const keys = {
      accessKeyId: "AKIACOPIER0000000001",
      secretAccessKey: "copier's",
    };
    aws.identities.add({
      ...rundeck,
      ...keys,
      policies: lacking("ssm:CancelCommand"),
    });
    const given = {
      attributes: {
        "ssm-copier-accessKeyId": keys.accessKeyId,
        "ssm-copier-secretKey": keys.secretAccessKey,
      },
    };
    const checks = await checkPermissions(contextOf(aws, given));
    expect(checkOf(checks, "ssm:CancelCommand").state).toBe("ok");
    expect(checkOf(checks, "ssm:CancelCommand (copier)")).toMatchObject({
      state: "warning",
      remedy: expect.stringContaining("policy copier"),
    });
  });

  it("AWS's silence is bounded, and says nothing of the right", async () => {
    const operation = "CancelCommand";
    aws.faults.add({ kind: "silent", when: "before", operation });
    const real = systemClock();
    const clock = {
      ...real,
      deadline: (ms: number) => real.deadline(ms === 8_000 ? 300 : ms),
    };
    const checks = await checkPermissions(contextOf(aws, { clock }));
    expect(checkOf(checks, "ssm:CancelCommand")).toMatchObject({
      state: "unknown",
      says: "AWS has not answered within 8 s",
    });
  });

  it("throttling is ridden out for a while, and says nothing of the right", async () => {
    aws.faults.throttle("CancelCommand", 2);
    aws.faults.throttle("ListCommands");
    const checks = await checkPermissions(contextOf(aws));
    expect(checkOf(checks, "ssm:CancelCommand").state).toBe("ok");
    expect(checkOf(checks, "ssm:ListCommands")).toMatchObject({
      state: "unknown",
      says: expect.stringContaining("throttled"),
    });
  });

  it("a bucket of both plugins is told for each", async () => {
    const both = { ...attributes, "ssm-output-bucket": "files" };
    const given = { attributes: both };
    const checks = await checkPermissions(contextOf(aws, given));
    expect(checkOf(checks, "files: s3:PutObject").state).toBe("ok");
    expect(checkOf(checks, "files (output): s3:PutObject").state).toBe("ok");
  });

  it("what another stage found lacking is not tried", async () => {
    const lacks = new Map([["credentials", "credentials: executor"] as const]);
    const checks = await checkPermissions(
      contextOf(aws, { attributes, lacks }),
    );
    const ofExecutor = checks.filter(({ name }) => !name.startsWith("files"));
    expect(new Set(ofExecutor.map(({ state }) => state))).toEqual(
      new Set(["skipped", "ok"]),
    );
    expect(checkOf(checks, "ssm:SendCommand")).toMatchObject({
      state: "skipped",
      says: "not tried: see credentials: executor",
    });
    expect(
      aws.requests.filter(({ operation }) => operation === "CancelCommand"),
    ).toEqual([]);
  });
});
