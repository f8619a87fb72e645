import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../src/sidecar/fingerprint.ts";
import { askerOf } from "../support/asker.ts";

const salt = Buffer.alloc(32, 7);
const keys = (secret: string) => ({
  "ssm-accessKeyId": "AKIDEXAMPLE",
  "ssm-secretKey": secret,
});
const of = (asked: Parameters<typeof askerOf>[0]) =>
  fingerprint(askerOf(asked), salt);

const base = { attributes: keys("s"), environment: { HOME: "/home/rundeck" } };

describe("who asks", () => {
  it("is the same for another node, job and execution variable", () => {
    const other = {
      ...base,
      instanceId: "i-0fedcba9876543210",
      environment: { HOME: "/home/rundeck", RD_NODE_NAME: "other" },
    };
    expect(of(other)).toBe(of(base));
  });

  it.each([
    ["secret", { ...base, attributes: keys("t") }],
    [
      "access key",
      {
        ...base,
        attributes: { ...keys("s"), "ssm-accessKeyId": "AKIDOTHER" },
      },
    ],
    ["credentials at all", { environment: base.environment }],
    [
      "variable of the environment",
      { ...base, environment: { HOME: "/home/other" } },
    ],
    [
      "proxy",
      {
        ...base,
        environment: { ...base.environment, HTTPS_PROXY: "http://proxy" },
      },
    ],
    [
      "certificate",
      {
        ...base,
        environment: { ...base.environment, NODE_EXTRA_CA_CERTS: "/ca.pem" },
      },
    ],
    ["region", { ...base, attributes: { ...keys("s"), region: "us-east-1" } }],
    [
      "endpoint",
      {
        ...base,
        attributes: {
          ...keys("s"),
          "ssm-endpoint-url": "https://vpce.example",
        },
      },
    ],
    [
      "role",
      {
        ...base,
        attributes: {
          ...keys("s"),
          "ssm-assume-role-arn": "arn:aws:iam::111122223333:role/a",
        },
      },
    ],
    [
      "profile",
      { environment: base.environment, attributes: { "ssm-profile": "prod" } },
    ],
  ])("is another with another %s", (_what, other) => {
    expect(of(other)).not.toBe(of(base));
  });

  it("is another for each project's session of a role", () => {
    const attributes = {
      ...keys("s"),
      "ssm-assume-role-arn": "arn:aws:iam::111122223333:role/a",
    };
    expect(of({ ...base, attributes, project: "a" })).not.toBe(
      of({ ...base, attributes, project: "b" }),
    );
  });

  it.each(["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE"])(
    "is another when the file of %s was written, as a process of its own would see",
    async (variable) => {
      const folder = await mkdtemp(path.join(tmpdir(), "who-asks-"));
      const file = path.join(folder, "file");
      const asked = {
        environment: { ...base.environment, [variable]: file },
        attributes: { "ssm-profile": "prod" },
      };
      const absent = of(asked);
      await writeFile(file, "[prod]\n");
      const written = of(asked);
      expect(of(asked)).toBe(written);
      // as a tool does that renews keys
      await writeFile(`${file}.new`, "[prod]\n");
      await rename(`${file}.new`, file);
      expect(new Set([absent, written, of(asked)]).size).toBe(3);
      await rm(folder, { recursive: true });
    },
  );

  it("is the same beside files that it does not use", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "who-asks-"));
    const file = path.join(folder, "file");
    const environment = { ...base.environment, AWS_CONFIG_FILE: file };
    const absent = of({ ...base, environment });
    await writeFile(file, "[prod]\n");
    expect(of({ ...base, environment })).toBe(absent);
    await rm(folder, { recursive: true });
  });

  it("shows no secret", () => {
    expect(of(base)).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(askerOf(base), Buffer.alloc(32, 8))).not.toBe(of(base));
  });
});
