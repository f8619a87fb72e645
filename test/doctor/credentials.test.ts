import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Lacks } from "../../src/doctor/check.ts";
import { checkCredentials } from "../../src/doctor/credentials.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { checkOf, contextOf, rundeck } from "../support/doctor.ts";

let aws: LocalAws;
const roleArn = "arn:aws:iam::444455556666:role/deploy";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-doctor-"));
const files = {
  AWS_CONFIG_FILE: path.join(folder, "config"),
  AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "credentials"),
};

beforeAll(async () => {
  aws = await startLocalAws({ nodes: 1, strict: true });
  const { accessKeyId, secretAccessKey } = rundeck;
  const keys = `aws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`;
  writeFileSync(files.AWS_SHARED_CREDENTIALS_FILE, `[ops]\n${keys}`);
  writeFileSync(path.join(folder, "default"), `[default]\n${keys}`);
  writeFileSync(files.AWS_CONFIG_FILE, "");
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  aws.faults.clear();
  aws.identities.add(rundeck);
  aws.identities.addRole({
    arn: roleArn,
    trusts: [rundeck.arn],
    externalId: "abc",
  });
});

async function look(given: Parameters<typeof contextOf>[1] = {}) {
  const lacks: Lacks = given.lacks ?? new Map();
  const context = contextOf(aws, { ...given, lacks });
  delete context.known.caller;
  return { checks: await checkCredentials(context), lacks, context };
}

describe("the credentials", () => {
  it("are told with their source and their owner", async () => {
    const { checks, lacks, context } = await look();
    expect(checks.map(({ name, state, says }) => [name, state, says])).toEqual([
      [
        "source",
        "ok",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the server's environment, access key …0001",
      ],
      ["caller", "ok", `${rundeck.arn}, account ${rundeck.account}`],
    ]);
    expect(context.known.caller).toEqual({
      arn: rundeck.arn,
      account: rundeck.account,
    });
    expect(lacks.size).toBe(0);
    expect(JSON.stringify(checks)).not.toContain(rundeck.secretAccessKey);
  });

  it("of a profile are told by it, and that the chain is not asked", async () => {
    const attributes = { "ssm-profile": "ops" };
    const { checks } = await look({ attributes, variables: files });
    expect(checkOf(checks, "source").says).toMatch(
      /^the profile ops \(ssm-profile/,
    );
    expect(checkOf(checks, "other sources").says).toContain("ssm-profile");
  });

  it("that no source has say why each has none", async () => {
    const { checks, lacks } = await look({
      variables: {
        ...files,
        AWS_ACCESS_KEY_ID: "",
        AWS_EC2_METADATA_DISABLED: "true",
      },
    });
    const source = checkOf(checks, "source");
    expect(source).toMatchObject({
      state: "problem",
      code: "credentials-invalid",
      remedy: expect.stringContaining("give the Rundeck server a role"),
    });
    for (const why of [
      "AWS_SECRET_ACCESS_KEY without AWS_ACCESS_KEY_ID",
      "no such profile",
      "no AWS_WEB_IDENTITY_TOKEN_FILE",
      "no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
      "AWS_EC2_METADATA_DISABLED is set",
    ])
      expect(`${source.says}; ${source.remedy}`).toContain(why);
    expect(checkOf(checks, "caller").state).toBe("skipped");
    expect(lacks.get("credentials")).toBe("credentials: source");
  });

  it("of a farther source say why the nearer ones gave nothing", async () => {
    // a file of its own: the SDK reads each once
    const variables = {
      ...files,
      AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "default"),
      AWS_ACCESS_KEY_ID: "",
      AWS_EC2_METADATA_DISABLED: "true",
    };
    const { checks } = await look({ variables });
    expect(checkOf(checks, "source").says).toContain("the profile default");
    expect(checkOf(checks, "other sources").says).toBe(
      "environment: AWS_SECRET_ACCESS_KEY without AWS_ACCESS_KEY_ID",
    );
  });

  it("that AWS does not know are a problem", async () => {
    aws.identities.remove(rundeck.accessKeyId);
    const { checks, lacks } = await look();
    expect(checkOf(checks, "caller")).toMatchObject({
      state: "problem",
      code: "credentials-invalid",
      says: expect.stringContaining("does not know the access key"),
    });
    expect(lacks.get("credentials")).toBe("credentials: caller");
  });

  it("whose session has ended are a problem", async () => {
    aws.identities.add({
      ...rundeck,
      sessionToken: "old",
      expiresAtEpochMs: 1,
    });
    const { checks } = await look({ variables: { AWS_SESSION_TOKEN: "old" } });
    expect(checkOf(checks, "caller")).toMatchObject({
      state: "problem",
      code: "credentials-invalid",
      says: expect.stringContaining("have expired (ExpiredToken)"),
      remedy: expect.stringMatching(/^renew them/),
    });
  });

  it("that STS can't be asked about are taken as they are", async () => {
    const lacks: Lacks = new Map([["sts", "network: sts"]]);
    const { checks } = await look({ lacks });
    expect(checkOf(checks, "caller")).toMatchObject({
      state: "unknown",
      says: "STS can't be asked: see network: sts",
    });
    expect(lacks.has("credentials")).toBe(false);
  });
});

it("an STS that stays silent leaves the caller unknown", async () => {
  const operation = "GetCallerIdentity";
  aws.faults.add({ kind: "silent", when: "before", operation });
  const ended = new AbortController();
  ended.abort(new Error("the deadline"));
  const real = systemClock();
  const deadline = (ms: number) =>
    ms === 8_000 ? ended.signal : real.deadline(ms);
  const clock = { ...real, deadline };
  const { checks, lacks } = await look({ clock });
  expect(checkOf(checks, "caller")).toMatchObject({
    state: "unknown",
    says: "STS has not answered within 8 s",
  });
  expect(lacks.size).toBe(0);
});

describe("a role", () => {
  const attributes = {
    "ssm-assume-role-arn": roleArn,
    "ssm-external-id": "abc",
  };

  it("is told with its external id and its session's end, and so is its account", async () => {
    const { checks, context } = await look({ attributes });
    expect(checkOf(checks, "role").says).toMatch(
      /^the role of ssm-assume-role-arn \(.*\), .*, until \d{4}-.*Z; assumed with the external id abc, renewed while a command runs$/,
    );
    expect(context.known.caller).toEqual({
      arn: "arn:aws:sts::444455556666:assumed-role/deploy/rundeck-p-7",
      account: "444455556666",
    });
  });

  it("that may not be assumed is a problem, apart from the credentials that would", async () => {
    const { checks, lacks } = await look({
      attributes: { ...attributes, "ssm-external-id": "wrong" },
    });
    expect(checkOf(checks, "source").state).toBe("ok");
    expect(checkOf(checks, "role")).toMatchObject({
      state: "problem",
      code: "access-denied",
      says: expect.stringContaining("sts:AssumeRole"),
      remedy: expect.stringContaining("external id"),
    });
    expect(lacks.get("credentials")).toBe("credentials: role");
  });
});

it("the copier's own credentials are looked at, too", async () => {
  const attributes = { "ssm-copier-assume-role-arn": roleArn };
  const { checks, lacks } = await look({ attributes });
  expect(checks.map(({ name, state }) => [name, state])).toEqual([
    ["source", "ok"],
    ["caller", "ok"],
    ["copier source", "ok"],
    ["copier role", "problem"],
    ["copier caller", "skipped"],
  ]);
  expect([...lacks.keys()]).toEqual(["copier-credentials"]);
});
