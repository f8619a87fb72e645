import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { profileSource } from "../../src/aws/profile-source.ts";
import { locate } from "../../src/aws/reach.ts";
import type { Source } from "../../src/aws/source.ts";
import { keySource, roleSource } from "../../src/aws/sources.ts";
import { openTransport } from "../../src/aws/transport.ts";
import { Secret } from "../../src/kernel/secret.ts";
import { call, clientOptions } from "../support/ports.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-sdk-options-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const region = "us-west-2";
const roleArn = "arn:aws:iam::111122223333:role/deploy";
const open = (variables: Record<string, string>) =>
  // nothing leaves this machine
  openTransport({ HTTPS_PROXY: "http://127.0.0.1:9", ...variables });

const hostOf = async (variables: Record<string, string>) => {
  const options = { ...clientOptions, region, transport: open(variables) };
  return (await locate({ service: "ssm", options }, call)).hostname;
};

describe("AWS's endpoints", () => {
  it.each([
    [{ AWS_USE_FIPS_ENDPOINT: "true" }, "ssm-fips.us-west-2.amazonaws.com"],
    [{ AWS_USE_FIPS_ENDPOINT: "TRUE" }, "ssm-fips.us-west-2.amazonaws.com"],
    [{ AWS_USE_FIPS_ENDPOINT: "False" }, "ssm.us-west-2.amazonaws.com"],
    [{ AWS_USE_FIPS_ENDPOINT: "" }, "ssm.us-west-2.amazonaws.com"],
    [{ AWS_USE_DUALSTACK_ENDPOINT: "True" }, "ssm.us-west-2.api.aws"],
  ])("are chosen by %j", async (variables, host) => {
    expect(await hostOf(variables)).toBe(host);
  });

  it.each([
    { AWS_USE_FIPS_ENDPOINT: "1" },
    { AWS_USE_DUALSTACK_ENDPOINT: "yes" },
  ])("are not chosen by %j, which is told", (variables) => {
    const [[name, value] = []] = Object.entries(variables);
    expect(() => open(variables)).toThrow(
      `${name} in the server's environment is "${value}": it must be true or false`,
    );
  });

  it("are chosen so where a role is assumed, too", async () => {
    const transport = open({ AWS_USE_FIPS_ENDPOINT: "True" });
    const file = path.join(folder, "credentials");
    writeFileSync(
      file,
      `[base]\naws_access_key_id = A\naws_secret_access_key = S\n[ops]\nrole_arn = ${roleArn}\nsource_profile = base\n`,
    );
    const keys = { accessKeyId: "A", secretKey: new Secret("S") };
    const sources: Source[] = [
      roleSource(
        { roleArn, sessionName: "rundeck" },
        keySource(keys, "keys"),
        { region, transport },
        "ssm-assume-role-arn",
      ),
      profileSource(
        "ops",
        { from: "ssm-profile", state: "ssm-profile is ops" },
        { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: file },
        { region, transport },
      ),
    ];
    for (const source of sources)
      await transport.travel(async (journey) => {
        await expect(source.fetch()).rejects.toThrow("ECONNREFUSED");
        expect(journey.host).toBe("sts-fips.us-west-2.amazonaws.com");
      });
  });
});
