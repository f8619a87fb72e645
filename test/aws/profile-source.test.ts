import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readCaller } from "../../src/aws/caller.ts";
import { openCredentials } from "../../src/aws/credentials.ts";
import { profileSource } from "../../src/aws/profile-source.ts";
import { roleSource } from "../../src/aws/sources.ts";
import { openTransport } from "../../src/aws/transport.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";

const account = "111122223333";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-profiles-"));
const file = path.join(folder, "credentials");
const environment = {
  AWS_SHARED_CREDENTIALS_FILE: file,
  AWS_CONFIG_FILE: path.join(folder, "config"),
};
// nothing but what is on this machine is reached
const transport = openTransport({
  HTTPS_PROXY: "http://127.0.0.1:9",
});
let local: LocalAws;

beforeAll(async () => {
  local = await startLocalAws({ nodes: 0, account, strict: true });
});
afterEach(() => rmSync(file, { force: true }));
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const sts = () => ({
  region: "eu-west-1",
  endpoint: { url: local.endpoint, from: "sts-endpoint-url" },
  transport,
});

const ops = () =>
  profileSource(
    "ops",
    { from: "ssm-profile", state: "ssm-profile is ops" },
    environment,
    sts(),
  );

/** Writes a key that AWS knows from now on, and no other any more. */
function rotate(name: string): string {
  for (const old of rotated.splice(0)) local.identities.remove(old);
  const accessKeyId = `AKIA${name}`;
  const secretAccessKey = `secret-of-${name}`;
  const arn = `arn:aws:iam::${account}:user/${name}`;
  local.identities.add({ accessKeyId, secretAccessKey, arn, account });
  rotated.push(accessKeyId);
  writeFileSync(file, `[ops]\n${keysOf(name)}`);
  return arn;
}
const rotated: string[] = [];

const keysOf = (name: string) =>
  `aws_access_key_id = AKIA${name}\naws_secret_access_key = secret-of-${name}\n`;

describe("a profile whose file changes while a process runs", () => {
  it("gives what the file has now", async () => {
    const source = ops();
    rotate("FIRST");
    expect((await source.fetch()).accessKeyId).toBe("AKIAFIRST");
    rotate("SECOND");
    expect((await source.fetch()).accessKeyId).toBe("AKIASECOND");
  });

  it("counts when it is added, also where there was no file at all", async () => {
    await expect(ops().fetch()).rejects.toThrow("no such profile");
    rotate("ADDED");
    expect((await ops().fetch()).accessKeyId).toBe("AKIAADDED");
  });

  it("is read again when AWS does not know its key any more", async () => {
    const source = ops();
    const clock = systemClock();
    const credentials = openCredentials(source, transport, clock);
    const ask = () =>
      readCaller({ ...sts(), credentials }, clock, {
        signal: clock.deadline(30_000),
        subject: { target: "t", setting: String, state: String },
      });
    const first = rotate("KNOWN");
    expect((await ask()).arn).toBe(first);
    const second = rotate("LATER");
    expect((await ask()).arn).toBe(second);
    rotate("GONE");
    local.identities.remove("AKIAGONE");
    const before = local.requests.length;
    await expect(ask()).rejects.toMatchObject({ code: "credentials-invalid" });
    expect(local.requests.slice(before).map((r) => r.accessKeyId)).toEqual([
      "AKIALATER",
      "AKIAGONE",
    ]);
  });

  it("has a role over it renewed with the new keys", async () => {
    const roleArn = `arn:aws:iam::${account}:role/deploy`;
    const source = roleSource(
      { roleArn, sessionName: "rundeck" },
      ops(),
      sts(),
      "ssm-assume-role-arn",
    );
    const before = local.requests.length;
    rotate("ONE");
    await source.fetch();
    rotate("TWO");
    await source.fetch();
    expect(local.requests.slice(before).map((r) => r.accessKeyId)).toEqual([
      "AKIAONE",
      "AKIATWO",
    ]);
  });
});

describe("the role of a profile", () => {
  it.each([
    ["", "eu-west-1"],
    ["region = eu-central-1\n", "eu-central-1"],
  ])(
    "is asked for at the endpoint of the setting, in the profile's own region (%j)",
    async (line, region) => {
      rotate("BASE");
      writeFileSync(
        file,
        `[ops]\nrole_arn = arn:aws:iam::${account}:role/deploy\nsource_profile = base\n${line}[base]\n${keysOf("BASE")}`,
      );
      expect((await ops().fetch()).accessKeyId).toMatch(/^ASIA/);
      expect(local.requests.at(-1)).toMatchObject({
        operation: "AssumeRole",
        accessKeyId: "AKIABASE",
        region,
      });
    },
  );

  it("is asked for there by a web identity as well", async () => {
    const token = path.join(folder, "token");
    writeFileSync(token, "eyJhbGciOi.claims.c2ln");
    writeFileSync(
      file,
      `[ops]\nrole_arn = arn:aws:iam::${account}:role/pods\nweb_identity_token_file = ${token}\n`,
    );
    expect((await ops().fetch()).accessKeyId).toMatch(/^ASIA/);
    expect(local.requests.at(-1)?.operation).toBe("AssumeRoleWithWebIdentity");
  });

  it("is not asked for at an endpoint that is no URL", async () => {
    rotate("BASE");
    writeFileSync(
      file,
      `[ops]\nrole_arn = arn:aws:iam::${account}:role/deploy\nsource_profile = base\n[base]\n${keysOf("BASE")}`,
    );
    const source = profileSource(
      "ops",
      { from: "ssm-profile", state: "ssm-profile is ops" },
      environment,
      {
        ...sts(),
        endpoint: { url: "localhost:4566", from: "AWS_ENDPOINT_URL" },
      },
    );
    await expect(source.fetch()).rejects.toMatchObject({
      code: "setting-invalid",
    });
  });
});
