import { describe, expect, it } from "vitest";
import type { CallContext } from "../../src/aws/call-context.ts";
import { explain } from "../../src/aws/explain.ts";
import { chooseProxy } from "../../src/aws/proxy.ts";
import type { Failure } from "../../src/kernel/failure.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import { explainSource } from "../../src/aws/source-failure.ts";

const subject = {
  target: "node web-1",
  setting: (name: string) => `${name} ("v", project.${name})`,
  state: (name: string) => `${name} is "v", from project.${name}`,
};

function unreached(name: string, context: Partial<CallContext>): string {
  const failure: Failure = {
    whose: "network",
    sent: "no",
    heals: "soon",
    name,
    answered: false,
    denied: false,
  };
  return explain(failure, "", {
    action: "ssm:SendCommand",
    subject,
    journey: { stage: "connecting", host: "ssm.us-east-1.amazonaws.com" },
    ...context,
  });
}

const proxy = chooseProxy(
  { HTTPS_PROXY: "http://ada:secret@127.0.0.1:9" },
  new URL("https://ssm.us-east-1.amazonaws.com"),
);

describe("a request that reached nobody", () => {
  it("names the proxy without its credentials, and the variable that it came from", () => {
    const line = unreached("ECONNREFUSED", {
      journey: {
        stage: "connecting",
        host: "ssm.us-east-1.amazonaws.com",
        ...(proxy ? { proxy } : {}),
      },
    });
    expect(line).toBe(
      "node web-1: the proxy 127.0.0.1:9 (HTTPS_PROXY in the server's environment) refuses connections (ECONNREFUSED), so ssm:SendCommand did not reach AWS; correct HTTPS_PROXY, or exempt ssm.us-east-1.amazonaws.com in NO_PROXY",
    );
    expect(line).not.toMatch(/ada|secret/);
  });

  it("tells a proxy's certificate from that of what is behind it", () => {
    const at = (stage: "connecting" | "tunnelled") => {
      const [host, HTTPS_PROXY] = [
        "ssm.us-east-1.amazonaws.com",
        "https://p:3",
      ];
      const found = chooseProxy({ HTTPS_PROXY }, new URL(`https://${host}`));
      const journey = { stage, host, ...(found ? { proxy: found } : {}) };
      return unreached("EPROTO", { journey });
    };
    expect(at("connecting")).toBe(
      "node web-1: the proxy p:3 (HTTPS_PROXY in the server's environment) speaks no TLS, or its certificate is not trusted (EPROTO), so ssm:SendCommand did not reach AWS; set HTTPS_PROXY to http://HOST:PORT if it is one of plain HTTP, or put the certificate of its authority into a file and name it in AWS_CA_BUNDLE",
    );
    expect(at("tunnelled")).toMatch(/connection to ssm\.us-east-1\S+ for/);
  });

  it("names the endpoint's setting, its value and its layer", () => {
    expect(
      unreached("ECONNREFUSED", {
        journey: { stage: "connecting", host: "127.0.0.1:9" },
        endpointFrom: subject.setting("ssm-endpoint-url"),
      }),
    ).toBe(
      'node web-1: 127.0.0.1:9 refuses connections (ECONNREFUSED), so ssm:SendCommand did not reach AWS; check ssm-endpoint-url ("v", project.ssm-endpoint-url)',
    );
  });

  it("doubts a region that nobody knows, and no other", () => {
    expect(unreached("ENOTFOUND", { region: "us-esat-1" })).toContain(
      'region is "v", from project.region: no region that I know; did you mean us-east-1?',
    );
    expect(unreached("ENOTFOUND", { region: "us-east-1" })).toMatch(
      /is no name that DNS knows \(ENOTFOUND\).* check the region \(does it have the service\?\), DNS/,
    );
    expect(unreached("ENOTFOUND", { region: "us-east-1" })).not.toContain(
      "that I know",
    );
  });
});

describe("S3's denial", () => {
  it("is read with its resource in quotes, as S3 writes it, and names the bucket's setting", () => {
    const failure: Failure = {
      whose: "aws",
      sent: "refused",
      heals: "never",
      name: "AccessDenied",
      answered: true,
      denied: true,
    };
    expect(
      explain(
        failure,
        'User: arn:aws:iam::111122223333:user/ada is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::files/x" because no identity-based policy allows the s3:PutObject action',
        {
          action: "s3:PutObject",
          subject,
          journey: { stage: "answered" },
          about: { setting: "ssm-copier-bucket", value: "files" },
        },
      ),
    ).toBe(
      'node web-1: AWS denied s3:PutObject on resource arn:aws:s3:::files/x, ssm-copier-bucket ("v", project.ssm-copier-bucket), to arn:aws:iam::111122223333:user/ada (AccessDenied, because no identity-based policy allows the s3:PutObject action); add the action to the policy of the credentials in use',
    );
  });
});

describe("a source of credentials that could not be reached", () => {
  it("names the proxy that stands before it", () => {
    const error = explainSource(
      Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
      {
        source: {
          words: () => "the role of ssm-assume-role-arn",
          remedy: () => "check it",
          action: () => "sts:AssumeRole",
          fetch: () => Promise.reject(new Error("unused")),
        },
        journey: {
          stage: "connecting",
          host: "sts.us-east-1.amazonaws.com",
          ...(proxy ? { proxy } : {}),
        },
        subject,
      },
    );
    expect(error).toBeInstanceOf(BridgeError);
    expect(error.code).toBe("credentials-unavailable");
    expect(error.message).toBe(
      "node web-1: the role of ssm-assume-role-arn gave no credentials: the proxy 127.0.0.1:9 (HTTPS_PROXY in the server's environment) refuses connections (ECONNREFUSED); check it",
    );
  });
});
