import { describe, expect, it } from "vitest";
import { chooseCredentials } from "../../src/credentials/choose.ts";
import { Secret } from "../../src/kernel/secret.ts";

const execution = { project: "shop", executionId: "42" };
const own = { baseFrom: "ssm", roleFrom: "ssm" } as const;
const keys = { accessKeyId: "AKIA", secretKey: new Secret("s") };

describe("choosing credentials", () => {
  it("takes keys before a profile before the default chain", () => {
    const choose = (settings: object) =>
      chooseCredentials({ ...settings, ...own }, execution).source.kind;
    expect(choose({ keys, profile: "ops" })).toBe("keys");
    expect(choose({ profile: "ops" })).toBe("profile");
    expect(choose({})).toBe("default");
  });

  it("assumes a role on top, in a session that names the execution", () => {
    const assumeRole = {
      roleArn: "arn:aws:iam::111122223333:role/deploy",
      externalId: "x",
    };
    const settings = { keys, assumeRole, ...own };
    expect(chooseCredentials(settings, execution).role).toEqual({
      ...assumeRole,
      sessionName: "rundeck-shop-42",
      setting: "ssm-assume-role-arn",
    });
  });

  it.each([
    ["a project with blanks/ünïcode", "9".repeat(40)],
    ["p".repeat(200), "1"],
    ["", ""],
  ])("gives STS a session name that it takes (%s)", (project, executionId) => {
    const assumeRole = { roleArn: "arn:aws:iam::111122223333:role/deploy" };
    const settings = { assumeRole, ...own };
    const name = chooseCredentials(settings, { project, executionId }).role
      ?.sessionName;
    // Source: STS API reference, AssumeRole, RoleSessionName
    expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});
