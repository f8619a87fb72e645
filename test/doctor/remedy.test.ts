import { describe, expect, it } from "vitest";
import { explain } from "../../src/aws/explain.ts";
import { splitRemedy } from "../../src/doctor/remedy.ts";
import type { Failure } from "../../src/kernel/failure.ts";

const failure: Failure = {
  whose: "aws",
  sent: "refused",
  heals: "never",
  name: "AccessDeniedException",
  answered: true,
  denied: true,
};
const subject = {
  target: "node web-1 (i-0123456789abcdef0, eu-west-1)",
  setting: (name: string) => `${name} (x, node attribute ${name})`,
  state: (name: string) => `${name} is x, from node attribute ${name}`,
};

function split(of: Partial<Failure>, message = "") {
  const context = {
    action: "ssm:SendCommand",
    subject,
    journey: { stage: "answered", host: "ssm.eu-west-1.amazonaws.com" },
  } as const;
  return splitRemedy(explain({ ...failure, ...of }, message, context));
}

describe("a line of the product", () => {
  it.each([
    [{}, /^AWS denied ssm:SendCommand .*\)$/, /^add the action to the policy/],
    [
      { whose: "credentials", denied: false, name: "ExpiredToken" },
      /^the credentials have expired \(ExpiredToken\)$/,
      /^renew them/,
    ],
    [
      { whose: "network", sent: "no", name: "ECONNREFUSED" },
      / refuses connections \(ECONNREFUSED\), so ssm:SendCommand did not reach AWS$/,
      /^check /,
    ],
    [
      { whose: "network", sent: "no", name: "CERT_HAS_EXPIRED" },
      /^the connection to .* is not trusted \(CERT_HAS_EXPIRED\)$/,
      /^put the certificate of your network/,
    ],
    [
      { denied: false, name: "InvalidInstanceId" },
      /in this region and account$/,
      /^check instanceId and region/,
    ],
  ] as const)(
    "tells what is wrong, and then what to do (%j)",
    (of, says, remedy) => {
      const told = split(of);
      expect(told.says).toMatch(says);
      expect(told.remedy).toMatch(remedy);
    },
  );

  it("ends what is wrong where a value must have another form", () => {
    expect(
      splitRemedy(
        'region is "x", from option --region: it must be an AWS region',
      ),
    ).toEqual({
      says: 'region is "x", from option --region',
      remedy: "it must be an AWS region",
    });
  });

  it("that tells nothing to do points to where it is explained", () => {
    expect(splitRemedy("AWS refused ssm:SendCommand with Strange")).toEqual({
      says: "AWS refused ssm:SendCommand with Strange",
      remedy: "docs/errors.md has this line",
    });
  });
});
