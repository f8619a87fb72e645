import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-credentials-"));
const account = "111122223333";
const role = `arn:aws:iam::${account}:role/deploy`;

beforeAll(async () => {
  local = await startLocalAws({ nodes: 1, folder, account, strict: true });
  for (const name of ["KEYSTORAGE", "PROFILE", "SERVER"])
    local.identities.add({
      accessKeyId: `AKIA${name}`,
      secretAccessKey: `secret-of-${name}`,
      arn: `arn:aws:iam::${account}:user/${name.toLowerCase()}`,
      account,
    });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `true` with these variables and no credentials but theirs; tells who signed. */
async function run(more: Record<string, string>) {
  const before = local.requests.length;
  const environment = executorEnvironment(
    local,
    local.instanceIds[0] ?? "",
    "true",
  );
  delete environment["AWS_ACCESS_KEY_ID"];
  delete environment["AWS_SECRET_ACCESS_KEY"];
  const ended = await runPlugin("NodeExecutor", { ...environment, ...more });
  const requests = local.requests.slice(before);
  return { ...ended, requests };
}

const server = {
  AWS_ACCESS_KEY_ID: "AKIASERVER",
  AWS_SECRET_ACCESS_KEY: "secret-of-SERVER",
};
const keys = {
  RD_CONFIG_SSM_ACCESSKEYID: "AKIAKEYSTORAGE",
  RD_CONFIG_SSM_SECRETKEY: "secret-of-KEYSTORAGE",
};

describe("credentials of a run", () => {
  it("are Key Storage's before the server's", async () => {
    const { exitCode, requests } = await run({ ...server, ...keys });
    expect(exitCode).toBe(0);
    expect(new Set(requests.map((r) => r.accessKeyId))).toEqual(
      new Set(["AKIAKEYSTORAGE"]),
    );
    expect(requests.every((r) => r.verified)).toBe(true);
  });

  it("are a named profile's", async () => {
    const file = path.join(folder, "credentials");
    writeFileSync(
      file,
      "[ops]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret-of-PROFILE\n",
    );
    const { exitCode, requests } = await run({
      ...server,
      AWS_SHARED_CREDENTIALS_FILE: file,
      RD_CONFIG_SSM_PROFILE: "ops",
    });
    expect(exitCode).toBe(0);
    expect(requests[0]?.accessKeyId).toBe("AKIAPROFILE");
  });

  it("are the server's without any setting", async () => {
    const { exitCode, requests } = await run(server);
    expect(exitCode).toBe(0);
    expect(requests[0]?.accessKeyId).toBe("AKIASERVER");
  });

  it("are an assumed role's on top, in a session that names the execution, with the external id", async () => {
    const { exitCode, requests } = await run({
      ...keys,
      RD_CONFIG_SSM_ASSUME_ROLE: "true",
      RD_CONFIG_SSM_ASSUME_ROLE_ARN: role,
      RD_CONFIG_SSM_EXTERNAL_ID: "from-us",
    });
    expect(exitCode).toBe(0);
    expect(requests[0]).toMatchObject({
      service: "sts",
      operation: "AssumeRole",
      accessKeyId: "AKIAKEYSTORAGE",
      input: {
        RoleArn: role,
        RoleSessionName: "rundeck-shop-42",
        ExternalId: "from-us",
      },
    });
    expect(requests[1]?.accessKeyId).toMatch(/^ASIA/);
  });

  it.each([
    ["a wrong secret", { ...keys, RD_CONFIG_SSM_SECRETKEY: "wrong-one" }],
    ["an unknown key", { ...keys, RD_CONFIG_SSM_ACCESSKEYID: "AKIANOBODY" }],
    ["no credentials at all", {}],
    ["a profile that is not there", { RD_CONFIG_SSM_PROFILE: "nobody" }],
  ])("%s: one line, exit 77, and no secret in it", async (_what, variables) => {
    const { stderr, stdout, exitCode } = await run(variables);
    expect(exitCode).toBe(77);
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(/^rundeck-ssm: credentials-invalid: [^\n]+\n$/);
    expect(stderr).not.toMatch(/secret-of|wrong-one/);
  });

  it("names the action that a policy lacks", async () => {
    local.faults.deniedActions.add("ssm:SendCommand");
    const { stderr, exitCode } = await run(server);
    local.faults.deniedActions.clear();
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(
      /^rundeck-ssm: access-denied: [^\n]*ssm:SendCommand[^\n]*\n$/,
    );
  });

  it("are renewed when a session nears its end in the middle of a command", async () => {
    // clients renew a session in its last five minutes
    const brief = `arn:aws:iam::${account}:role/brief`;
    local.identities.addRole({ arn: brief, lastsSeconds: 302 });
    const { exitCode, requests } = await run({
      ...keys,
      RD_CONFIG_SSM_ASSUME_ROLE_ARN: brief,
      RD_EXEC_COMMAND: "sleep 15",
    });
    expect(exitCode).toBe(0);
    const sessions = requests
      .map((r) => r.accessKeyId)
      .filter((key) => key.startsWith("ASIA"));
    expect(new Set(sessions).size).toBeGreaterThanOrEqual(2);
  });
});
