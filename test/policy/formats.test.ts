import { describe, expect, it } from "vitest";
import { parseArguments } from "../../src/main/arguments.ts";
import { kindOfPolicyOption, requestOf } from "../../src/main/cli-policy.ts";
import { answerRequest } from "../../src/policy/answer.ts";
import { formatTerraform } from "../../src/policy/format/terraform.ts";
import { kinds } from "../../src/policy/settings.ts";
import { openTerraform } from "../support/terraform.ts";

const role = "arn:aws:iam::444455556666:role/ops/rundeck";
const key = "arn:aws:kms:eu-west-1:111122223333:key/1";
const words =
  `--account 111122223333 --region eu-west-1 --bucket passing --kms-key ${key} --log-group /rundeck --tag Env=prod --tag Env=test --tag App-Name=shop --role ${role} --external-id x-1 --sidecar auto`.split(
    " ",
  );

function print(...given: string[]): { text: string; notes: readonly string[] } {
  const request = parseArguments(["policy", ...given], (_, name) =>
    kindOfPolicyOption(name),
  );
  return answerRequest(requestOf(request));
}

function asJson(...given: string[]): Record<string, unknown> {
  return JSON.parse(print(...given).text);
}

const whole = asJson("all", ...words);

describe("JSON", () => {
  it("of all policies is one object by their kinds, each as it is alone", () => {
    expect(Object.keys(whole)).toEqual([...kinds]);
    const { executor } = whole;
    const own = words.filter(
      (word) => word !== "--external-id" && word !== "x-1",
    );
    expect(executor).toEqual(asJson("executor", ...own));
  });

  it("of all has no policies that the settings don't need", () => {
    expect(Object.keys(asJson("all"))).toEqual(["executor", "copier", "node"]);
  });
});

describe("Terraform", async () => {
  const parse = await openTerraform();

  it("is read as the same policies, each in its resource", () => {
    const resources = parse(
      print("all", ...words, "--format", "terraform").text,
    );
    const read = resources.map(({ type, name, attributes }) => {
      const { policy, assume_role_policy, ...rest } = attributes;
      return { type, name, document: policy ?? assume_role_policy, ...rest };
    });
    const identity = (kind: string) => ({
      type: "aws_iam_policy",
      name: `rundeck-ssm-${kind}`,
      description: expect.any(String),
      document: whole[kind],
    });
    expect(read).toEqual([
      identity("executor"),
      identity("copier"),
      identity("node"),
      {
        type: "aws_s3_bucket_policy",
        name: "rundeck_ssm_bucket",
        bucket: "passing",
        document: whole["bucket"],
      },
      {
        type: "aws_kms_key_policy",
        name: "rundeck_ssm_key",
        key_id: key,
        document: whole["key"],
      },
      {
        type: "aws_iam_role",
        name: "rundeck",
        path: "/ops/",
        description: expect.any(String),
        document: whole["trust"],
      },
    ]);
  });

  it("keeps what would begin a template, and quotes", () => {
    const odd = 'a ${b} %{c} "d" \\';
    const text = formatTerraform(
      [
        {
          kind: "node",
          document: {
            Version: "2012-10-17",
            Statement: [{ Sid: odd, Effect: "Allow", Action: [odd, odd] }],
          },
        },
      ],
      {
        partition: "aws",
        bucketFor: "both",
        prefix: "",
        tags: new Map(),
        documents: [],
        sidecar: "off",
      },
    );
    expect(parse(text)[0]?.attributes["policy"]).toMatchObject({
      Statement: [{ Sid: odd, Action: [odd, odd] }],
    });
  });
});

describe("CloudFormation", () => {
  it("is a template of the same policies, each in its resource", () => {
    const template = asJson("all", ...words, "--format", "cloudformation");
    const managed = (kind: string) => ({
      Type: "AWS::IAM::ManagedPolicy",
      Properties: {
        Description: expect.any(String),
        PolicyDocument: whole[kind],
      },
    });
    expect(template).toEqual({
      AWSTemplateFormatVersion: "2010-09-09",
      Description: expect.any(String),
      Resources: {
        RundeckSsmExecutor: managed("executor"),
        RundeckSsmCopier: managed("copier"),
        RundeckSsmNode: managed("node"),
        RundeckSsmBucket: {
          Type: "AWS::S3::BucketPolicy",
          Properties: { Bucket: "passing", PolicyDocument: whole["bucket"] },
        },
        RundeckSsmKey: {
          Type: "AWS::KMS::Key",
          Properties: {
            Description: expect.any(String),
            KeyPolicy: whole["key"],
          },
        },
        RundeckSsmTrust: {
          Type: "AWS::IAM::Role",
          Properties: {
            RoleName: "rundeck",
            Path: "/ops/",
            Description: expect.any(String),
            AssumeRolePolicyDocument: whole["trust"],
          },
        },
      },
    });
  });
});

describe("notes", () => {
  it("say what each statement is for, and which words to replace", () => {
    const { notes } = print("bucket");
    expect(notes.map((note) => note.split(":")[0])).toEqual([
      "PassFiles",
      "FetchFiles",
      "FindFiles",
      "PassOutput",
      "SendOutput",
      "replace ACCOUNT, BUCKET, NODES_ROLE, RUNDECK_ROLE by your own",
    ]);
  });

  it("say what a policy holds for where that is not told", () => {
    expect(print("copier").notes.at(-1)).toContain("--account and --region");
    expect(print("node", ...words.slice(0, 4)).notes).toHaveLength(1);
  });
});
