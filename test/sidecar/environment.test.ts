import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  adoptSecrets,
  differs,
  differsForSources,
  secretNames,
} from "../../src/sidecar/environment.ts";

const own = { AWS_REGION: "eu-west-1", HOME: "/home/r", PATH: "/bin" };

describe("a client's environment", () => {
  it("without an endpoint would be given the sidecar's own by the SDK", () => {
    const url = { AWS_ENDPOINT_URL: "http://own" };
    expect(differs(own, { ...own, ...url })).toBe(true);
    expect(differs({ ...own, ...url }, own)).toBe(false);
  });

  it.each([
    [{ ...own }, false, false],
    [{ ...own, RD_NODE_NAME: "a", LANG: "C" }, false, false],
    [{ ...own, AWS_ACCESS_KEY_ID: "A" }, false, true],
    [{ ...own, HOME: "/home/other" }, false, true],
    [{ ...own, AWS_ENDPOINT_URL_SSM: "http://x" }, false, false],
    [{ ...own, https_proxy: "http://x" }, false, true],
    [{ ...own, ALL_PROXY: "http://x" }, false, true],
    [{ ...own, AWS_REGION: "us-east-1" }, true, true],
    [{ ...own, AWS_PROFILE: "p" }, true, true],
    [{ ...own, NODE_EXTRA_CA_CERTS: "/ca.pem" }, true, true],
    [{ HOME: "/home/r", PATH: "/bin" }, true, true],
  ])("%j", (client, forAll, forSources) => {
    expect(differs(client, own)).toBe(forAll);
    expect(differsForSources(client, own)).toBe(forSources);
  });
});

it.each([
  "AWS_CA_BUNDLE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
])("a relative %s is meant from the server's folder", (name) => {
  const inFolder = { ...own, [name]: "etc/file" };
  expect(differs(inFolder, inFolder)).toBe(true);
  const absolute = { ...own, [name]: "/etc/file" };
  expect(differs(absolute, absolute)).toBe(false);
});

describe("the server's secrets", () => {
  it("are the sidecar's, too; nothing else is", () => {
    const environment: NodeJS.ProcessEnv = { PATH: "/bin" };
    const server = {
      AWS_ACCESS_KEY_ID: "A",
      http_proxy: "http://x",
      EDITOR: "ed",
    };
    adoptSecrets(environment, new Map(Object.entries(server)));
    expect(environment).toEqual({
      PATH: "/bin",
      AWS_ACCESS_KEY_ID: "A",
      http_proxy: "http://x",
    });
  });

  it("are those that a client starts it without", () => {
    const client = readFileSync("src/plugin/client.sh", "utf8");
    const names = /^secrets='([^']*)'/m.exec(client)?.[1]?.split(/\s+/);
    expect(names?.toSorted()).toEqual(secretNames.toSorted());
  });

  it("can't be seen from outside once they are set in a process that runs", () => {
    const program = `
      process.env.LATER = "hidden-value";
      const { readFileSync } = require("node:fs");
      const seen = readFileSync("/proc/self/environ", "latin1");
      process.stdout.write(String(seen.includes("EARLY=shown") && !seen.includes("hidden-value")));`;
    const env = { EARLY: "shown" };
    expect(
      String(execFileSync(process.execPath, ["-e", program], { env })),
    ).toBe("true");
  });
});
