import { describe, expect, it } from "vitest";
import { chooseCredentials } from "../../src/credentials/choose.ts";
import { Secret } from "../../src/kernel/secret.ts";

const execution = { project: "shop", executionId: "42" };
const keys = { accessKeyId: "AKIA", secretKey: new Secret("s") };

describe("choosing credentials", () => {
  it("takes keys before a profile before the default chain", () => {
    const choose = (settings: Parameters<typeof chooseCredentials>[0]) =>
      chooseCredentials(settings, execution).source.kind;
    expect(choose({ keys, profile: "ops" })).toBe("keys");
    expect(choose({ profile: "ops" })).toBe("profile");
    expect(choose({})).toBe("default");
  });

  it("assumes a role on top, in a session that names the execution", () => {
    const assumeRole = {
      roleArn: "arn:aws:iam::111122223333:role/deploy",
      externalId: "x",
    };
    expect(chooseCredentials({ keys, assumeRole }, execution).role).toEqual({
      ...assumeRole,
      sessionName: "rundeck-shop-42",
    });
  });

  it.each([
    ["a project with blanks/ünïcode", "9".repeat(40)],
    ["p".repeat(200), "1"],
    ["", ""],
  ])("gives STS a session name that it takes (%s)", (project, executionId) => {
    const assumeRole = { roleArn: "arn:aws:iam::111122223333:role/deploy" };
    const name = chooseCredentials({ assumeRole }, { project, executionId })
      .role?.sessionName;
    // Source: STS API reference, AssumeRole, RoleSessionName
    expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});
