import { describe, expect, it } from "vitest";
import { Secret } from "../../src/kernel/secret.ts";
import { accountOf } from "../../src/sidecar/account.ts";

const keys = {
  kind: "keys",
  accessKeyId: "ASIAQNZGKIQY56JQ7WML",
  secretKey: new Secret("s"),
  setting: "ssm-accessKeyId",
} as const;

describe("the account that requests count against", () => {
  it("is the role's", () => {
    const role = {
      roleArn: "arn:aws-cn:iam::111122223333:role/path/rundeck",
      sessionName: "s",
      setting: "ssm-assume-role-arn",
    };
    expect(accountOf({ source: keys, role }, {})).toBe("111122223333");
  });

  it("is in an access key's id", () => {
    // of "A short note on AWS KEY ID"
    expect(accountOf({ source: keys }, {})).toBe("029608264753");
    const environment = {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: "s",
    };
    const source = { kind: "default" } as const;
    expect(accountOf({ source }, environment)).toBe("029608264753");
  });

  it("does not show in a profile, an instance's role, or what is no key", () => {
    const profile = { kind: "profile", profile: "a", setting: "b" } as const;
    expect(accountOf({ source: profile }, {})).toBeUndefined();
    expect(accountOf({ source: { kind: "default" } }, {})).toBeUndefined();
    const odd = { ...keys, accessKeyId: "local" };
    expect(accountOf({ source: odd }, {})).toBeUndefined();
  });
});
