import { describe, expect, it } from "vitest";
import {
  createIdentities,
  type AssumeRequest,
} from "../../../src/local/auth/identities.ts";

const roleArn = "arn:aws:iam::222222222222:role/ops/deploy";
const user = { arn: "arn:aws:iam::111111111111:user/rundeck", account: "1" };
const request: AssumeRequest = {
  caller: user,
  sessionName: "execution-7",
  nowEpochMs: 1_000_000,
};

describe("an assumed role", () => {
  it("yields a session of the role's account that is known from then on and ends after an hour", () => {
    const identities = createIdentities();
    const { identity, assumedRoleId } = identities.assume(roleArn, request);
    expect(identity).toMatchObject({
      arn: "arn:aws:sts::222222222222:assumed-role/deploy/execution-7",
      account: "222222222222",
      expiresAtEpochMs: 1_000_000 + 3_600_000,
    });
    expect(identity.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(assumedRoleId).toMatch(/^AROA[A-Z2-7]{16}:execution-7$/);
    expect(identities.find(identity.accessKeyId)).toBe(identity);
  });

  it("has the role's policies, not its caller's", () => {
    const identities = createIdentities();
    identities.addRole({ arn: roleArn, policies: [] });
    expect(identities.assume(roleArn, request).identity.policies).toEqual([]);
  });

  it("once roles are registered, others do not exist, and the answer does not say so", () => {
    const identities = createIdentities();
    identities.addRole({ arn: roleArn });
    const other = "arn:aws:iam::222222222222:role/other";
    expect(() => identities.assume(other, request)).toThrow(
      `User: ${user.arn} is not authorized to perform: sts:AssumeRole on resource: ${other}`,
    );
  });

  it("asks for the external id and for a trusted caller", () => {
    const identities = createIdentities();
    identities.addRole({
      arn: roleArn,
      externalId: "partner",
      trusts: ["arn:aws:iam::111111111111:root"],
    });
    const assume = (change: Partial<AssumeRequest>): unknown =>
      identities.assume(roleArn, { ...request, ...change });
    expect(() => assume({})).toThrow("not authorized");
    expect(() => assume({ externalId: "wrong" })).toThrow("not authorized");
    expect(assume({ externalId: "partner" })).toBeDefined();
    const stranger = { arn: "arn:aws:iam::333333333333:user/x", account: "3" };
    expect(() => assume({ externalId: "partner", caller: stranger })).toThrow(
      "not authorized",
    );
  });

  it("from a role lasts one hour at most, whatever the role allows", () => {
    const identities = createIdentities();
    identities.addRole({ arn: roleArn, maxSessionSeconds: 43_200 });
    const long = { ...request, durationSeconds: 7_200 };
    expect(identities.assume(roleArn, long).identity.expiresAtEpochMs).toBe(
      1_000_000 + 7_200_000,
    );
    const caller = {
      arn: "arn:aws:sts::111111111111:assumed-role/server/i-1",
      account: "111111111111",
    };
    expect(() => identities.assume(roleArn, { ...long, caller })).toThrow(
      "exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  });

  it("a name that is no role's ARN is no role", () => {
    expect(() => createIdentities().assume("deploy", request)).toThrow(
      "deploy is invalid",
    );
  });
});
