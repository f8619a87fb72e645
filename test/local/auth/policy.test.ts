import { describe, expect, it } from "vitest";
import {
  isAllowed,
  type AccessQuestion,
} from "../../../src/local/auth/policy.ts";
import type { PolicyDocument } from "../../../src/local/protocol.ts";

/** The policy of the executor's documentation. */
const executor: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "ssm:SendCommand",
      Resource: [
        "arn:aws:s3:::*",
        "arn:aws:ssm:*::document/AWS-RunShellScript",
        "arn:aws:ec2:*:111111111111:instance/*",
      ],
    },
    {
      Effect: "Allow",
      Action: ["ssm:ListCommands", "logs:GetLogEvents"],
      Resource: "*",
    },
  ],
};

const nodeRole = "arn:aws:iam::222222222222:role/nodes";
const nodeSession =
  "arn:aws:sts::222222222222:assumed-role/nodes/i-00000000000000001";
const rundeckRole = "arn:aws:iam::111111111111:role/service/rundeck";
const rundeckSession = "arn:aws:sts::111111111111:assumed-role/rundeck/run-7";

/** The bucket policy of the copier's documentation. */
const bucket: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: nodeRole },
      Action: ["s3:GetObject", "s3:ListBucket"],
      Resource: "arn:aws:s3:::automated-diagnostics/*",
    },
    {
      Effect: "Allow",
      Principal: { AWS: rundeckRole },
      Action: ["s3:PutObject"],
      Resource: "arn:aws:s3:::automated-diagnostics/*",
    },
  ],
};

function ask(question: Partial<AccessQuestion>): boolean {
  return isAllowed({
    identityPolicies: [],
    principalArn: rundeckSession,
    sameAccount: true,
    action: "ssm:SendCommand",
    resource: "*",
    ...question,
  }).allowed;
}

describe("policies of an identity", () => {
  const cases: [string, Partial<AccessQuestion>, boolean][] = [
    ["no policy known: everything", { identityPolicies: undefined }, true],
    ["no policy attached: nothing", {}, false],
    [
      "a document by wildcard region",
      {
        identityPolicies: [executor],
        resource: "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript",
      },
      true,
    ],
    [
      "another document",
      {
        identityPolicies: [executor],
        resource: "arn:aws:ssm:eu-west-1::document/AWS-RunPatchBaseline",
      },
      false,
    ],
    [
      "an instance of another account",
      {
        identityPolicies: [executor],
        resource: "arn:aws:ec2:eu-west-1:999999999999:instance/i-1",
      },
      false,
    ],
    [
      "an action in another spelling of case",
      { identityPolicies: [executor], action: "SSM:listcommands" },
      true,
    ],
    [
      "an action that nothing names",
      { identityPolicies: [executor], action: "ssm:CancelCommand" },
      false,
    ],
    [
      "a deny beside an allow",
      {
        identityPolicies: [
          executor,
          {
            Statement: {
              Effect: "Deny",
              Action: "logs:*",
              Resource: "*",
            },
          },
        ],
        action: "logs:GetLogEvents",
      },
      false,
    ],
    [
      "a question mark is one character",
      {
        identityPolicies: [
          {
            Statement: {
              Effect: "Allow",
              Action: "ssm:SendCommand",
              Resource: "arn:aws:x:i-?",
            },
          },
        ],
        resource: "arn:aws:x:i-12",
      },
      false,
    ],
  ];
  it.each(cases)("%s", (_, question, expected) => {
    expect(ask(question)).toBe(expected);
  });

  it("the reason tells a missing allow from an explicit deny", () => {
    const denial = {
      Statement: { Effect: "Deny", Action: "*", Resource: "*" },
    } as const;
    const question = {
      principalArn: rundeckSession,
      sameAccount: true,
      action: "ssm:SendCommand",
      resource: "*",
    };
    expect(isAllowed({ ...question, identityPolicies: [] })).toEqual({
      allowed: false,
      because:
        "because no identity-based policy allows the ssm:SendCommand action",
    });
    expect(isAllowed({ ...question, identityPolicies: [denial] })).toEqual({
      allowed: false,
      because: "with an explicit deny in an identity-based policy",
    });
  });
});

describe("a bucket's policy", () => {
  const object = "arn:aws:s3:::automated-diagnostics/key";
  const open: PolicyDocument = {
    Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
  };
  const cases: [string, Partial<AccessQuestion>, boolean][] = [
    ["in one account it suffices alone", { action: "s3:PutObject" }, true],
    ["it gives the role nothing else", { action: "s3:GetObject" }, false],
    [
      "deleting is nobody's right",
      { action: "s3:DeleteObject", principalArn: nodeSession },
      false,
    ],
    [
      "a session of the nodes' role may get",
      { action: "s3:GetObject", principalArn: nodeSession },
      true,
    ],
    [
      "across accounts it needs the identity's allow as well",
      { action: "s3:PutObject", sameAccount: false },
      false,
    ],
    [
      "across accounts with both",
      {
        action: "s3:PutObject",
        sameAccount: false,
        identityPolicies: [open],
      },
      true,
    ],
    [
      "across accounts the identity's allow alone is not enough",
      {
        action: "s3:DeleteObject",
        sameAccount: false,
        identityPolicies: [open],
      },
      false,
    ],
    [
      "its deny beats an identity that may do everything",
      {
        action: "s3:DeleteObject",
        identityPolicies: undefined,
        resourcePolicy: {
          Statement: {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:DeleteObject",
            Resource: "*",
          },
        },
      },
      false,
    ],
    [
      "an account as principal leaves it to that account's own policies",
      {
        action: "s3:PutObject",
        resourcePolicy: {
          Statement: {
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::111111111111:root" },
            Action: "s3:*",
            Resource: "*",
          },
        },
      },
      false,
    ],
  ];
  it.each(cases)("%s", (_, question, expected) => {
    expect(ask({ resourcePolicy: bucket, resource: object, ...question })).toBe(
      expected,
    );
  });
});
