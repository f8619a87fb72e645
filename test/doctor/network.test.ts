import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OutOfTime } from "../../src/doctor/check.ts";
import type { Lacks } from "../../src/doctor/check.ts";
import { checkNetwork } from "../../src/doctor/network.ts";
import { systemLocalClock } from "../../src/local/clock.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { checkOf, contextOf } from "../support/doctor.ts";
import { makeCertificate, openProxy, openTls } from "../support/network.ts";
import type { Gate } from "../support/network.ts";

let aws: LocalAws;
let proxy: Gate;
let tls: Gate;
let certificate: string;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-doctor-"));
const attributes = {
  "ssm-copier-bucket": "files",
  "cloudwatch-log-group": "commands",
};

beforeAll(async () => {
  certificate = makeCertificate(folder);
  aws = await startLocalAws({ nodes: 1, bucket: "files", strict: true });
  proxy = await openProxy();
  tls = await openTls(aws.endpoint, folder);
});
afterAll(async () => {
  await Promise.all([proxy.close(), tls.close(), aws.close()]);
  rmSync(folder, { recursive: true });
});

async function look(given: Parameters<typeof contextOf>[1] = {}) {
  const lacks: Lacks = new Map();
  const context = contextOf(aws, { attributes, ...given, lacks });
  return { checks: await checkNetwork(context), lacks, context };
}

describe("the way to AWS", () => {
  it("is looked at for each service that the settings need, and asks nothing that AWS would do", async () => {
    aws.requests.length = 0;
    const { checks, lacks, context } = await look();
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ["ssm", "ok"],
      ["sts", "ok"],
      ["logs", "ok"],
      ["s3 files", "ok"],
      ["ec2", "ok"],
      ["clock", "ok"],
    ]);
    expect(checkOf(checks, "ssm").says).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+, from AWS_ENDPOINT_URL \("http:\/\/127\.0\.0\.1:\d+", the server's environment\): TCP in \d+ ms, answered in \d+ ms, without a proxy$/,
    );
    expect(lacks.size).toBe(0);
    expect(Math.abs(context.known.clockAheadMs ?? Infinity)).toBeLessThan(
      2_000,
    );
    // unsigned: refused for whoever asks
    expect(aws.requests).toHaveLength(5);
    expect(aws.requests.map(({ outcome }) => outcome)).not.toContain("ok");
    expect(aws.requests.map(({ accessKeyId }) => accessKeyId)).toEqual(
      Array.from({ length: 5 }, () => ""),
    );
  });

  it("goes through the proxy that the environment names", async () => {
    const { checks } = await look({ variables: { HTTP_PROXY: proxy.url } });
    const { host } = new URL(proxy.url);
    expect(checkOf(checks, "ssm")).toMatchObject({
      state: "ok",
      says: expect.stringContaining(`through the proxy ${host} (HTTP_PROXY)`),
    });
  });

  it("ends at a dead proxy, for what executions need by a problem", async () => {
    const variables = { HTTP_PROXY: "http://ada:geheim@127.0.0.1:9" };
    const { checks, lacks } = await look({ variables });
    expect(checkOf(checks, "ssm")).toMatchObject({
      state: "problem",
      code: "aws-unreachable",
      says: expect.stringContaining(
        "the proxy 127.0.0.1:9 (HTTP_PROXY in the server's environment) refuses connections",
      ),
      remedy: expect.stringContaining("HTTP_PROXY"),
    });
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ["ssm", "problem"],
      ["sts", "warning"],
      ["logs", "warning"],
      ["s3 files", "problem"],
      ["ec2", "unknown"],
      ["clock", "unknown"],
    ]);
    expect([...lacks.keys()].toSorted()).toEqual([
      "ec2",
      "logs",
      "s3",
      "ssm",
      "sts",
    ]);
    expect(JSON.stringify(checks)).not.toContain("geheim");
  });

  it("needs STS where a role is assumed", async () => {
    const { checks } = await look({
      attributes: {
        "ssm-assume-role-arn": "arn:aws:iam::111122223333:role/x",
        "sts-endpoint-url": "http://127.0.0.1:9",
      },
    });
    expect(checkOf(checks, "sts")).toMatchObject({
      state: "problem",
      says: expect.stringContaining("ECONNREFUSED"),
      remedy: expect.stringContaining("sts-endpoint-url"),
    });
    expect(checkOf(checks, "ssm").state).toBe("ok");
  });

  it("is not trusted without the network's certificate, and is with it", async () => {
    const variables = { AWS_ENDPOINT_URL: tls.url };
    const { checks } = await look({ variables });
    expect(checkOf(checks, "ssm")).toMatchObject({
      state: "problem",
      says: expect.stringMatching(/is not trusted \(\w+\)/),
      remedy: expect.stringContaining("AWS_CA_BUNDLE"),
    });
    const trusting = { ...variables, AWS_CA_BUNDLE: certificate };
    const again = await look({ variables: trusting });
    expect(checkOf(again.checks, "ssm")).toMatchObject({
      state: "ok",
      says: expect.stringMatching(/localhost:\d+, .*: DNS .* in \d+ ms, TCP/),
    });
  });

  it("that nobody answers on is told when there is no more time", async () => {
    const ending = new AbortController();
    const operation = "DescribeInstanceInformation";
    const silence = aws.faults.add({
      kind: "silent",
      when: "before",
      operation,
    });
    const looking = look({ signal: ending.signal });
    await vi.waitFor(() => expect(silence.hits).toBe(1));
    ending.abort(new OutOfTime());
    const { checks } = await looking;
    expect(checkOf(checks, "ssm")).toMatchObject({
      state: "unknown",
      says: "there was no time left for it",
    });
    aws.faults.clear();
  });
});

describe("the clock", () => {
  it.each([
    [90, "ok", /is (?:89|90|91) s behind AWS's$/],
    [-3_600, "warning", /is 60 min ahead of AWS's/],
    [26 * 3_600, "warning", /is 26 h behind AWS's/],
  ] as const)(
    "that AWS's is %i s ahead of: %s",
    async (seconds, state, says) => {
      const real = systemLocalClock();
      const clock = { ...real, now: () => real.now() + seconds * 1_000 };
      await using other = await startLocalAws({ nodes: 1, clock });
      const checks = await checkNetwork(contextOf(other));
      expect(checkOf(checks, "clock").state).toBe(state);
      expect(checkOf(checks, "clock").says).toMatch(says);
    },
  );
});
