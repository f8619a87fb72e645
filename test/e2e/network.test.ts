import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { makeCertificate, openProxy, openTls } from "../support/network.ts";
import type { Gate } from "../support/network.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";

let local: LocalAws;
let proxy: Gate;
let tls: Gate;
let certificate: string;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-network-"));

beforeAll(async () => {
  certificate = makeCertificate(folder);
  local = await startLocalAws({ nodes: 1, folder });
  proxy = await openProxy();
  tls = await openTls(local.endpoint, folder);
});
afterAll(async () => {
  await Promise.all([proxy.close(), tls.close(), local.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function run(more: Record<string, string>) {
  proxy.seen.length = 0;
  const environment = executorEnvironment(
    local,
    local.instanceIds[0] ?? "",
    "echo there",
    more,
  );
  return runPlugin("NodeExecutor", environment);
}

describe("a private network", () => {
  it("is reached through HTTP_PROXY", async ({ expect }) => {
    const { stdout, exitCode } = await run({
      RD_CONFIG_SSM_ENDPOINT_URL: local.endpoint,
      HTTP_PROXY: proxy.url,
    });
    expect([stdout.toString(), exitCode]).toEqual(["there\n", 0]);
    expect(proxy.seen.length).toBeGreaterThanOrEqual(2);
  });

  it("is reached without the proxy where NO_PROXY says so", async ({
    expect,
  }) => {
    const { exitCode } = await run({
      RD_CONFIG_SSM_ENDPOINT_URL: local.endpoint,
      HTTP_PROXY: proxy.url,
      NO_PROXY: "localhost,127.0.0.1",
    });
    expect([exitCode, proxy.seen]).toEqual([0, []]);
  });

  it("is reached by a tunnel through https_proxy, with a certificate of its own in NODE_EXTRA_CA_CERTS", async ({
    expect,
  }) => {
    const { stdout, stderr, exitCode } = await run({
      RD_CONFIG_SSM_ENDPOINT_URL: tls.url,
      https_proxy: proxy.url,
      NODE_EXTRA_CA_CERTS: certificate,
    });
    expect([stdout.toString(), stderr, exitCode]).toEqual(["there\n", "", 0]);
    expect(proxy.seen[0]).toBe(`CONNECT ${new URL(tls.url).host}`);
  });
});

const refused: {
  name: string;
  variables: () => Record<string, string>;
  why: string;
}[] = [
  {
    name: "a certificate that nobody has signed",
    variables: () => ({ RD_CONFIG_SSM_ENDPOINT_URL: tls.url }),
    why: "DEPTH_ZERO_SELF_SIGNED_CERT",
  },
  {
    name: "a proxy that is not there",
    variables: () => ({
      RD_CONFIG_SSM_ENDPOINT_URL: local.endpoint,
      HTTP_PROXY: "http://127.0.0.1:9",
    }),
    why: "ECONNREFUSED",
  },
];

// slow, because the plugin asks for a minute
describe.concurrent("a network that does not let us through", () => {
  it.for(refused)(
    "$name: one line after a minute",
    async ({ variables, why }, { expect }) => {
      const { stderr, exitCode } = await run(variables());
      expect(exitCode).toBe(75);
      expect(stderr).toMatch(/^rundeck-ssm: aws-unreachable: [^\n]+\n$/);
      expect(stderr).toContain(why);
    },
  );
});
