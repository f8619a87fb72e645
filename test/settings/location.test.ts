import { describe, expect, test } from "vitest";
import type { Layers } from "../../src/rundeck/layers.ts";
import { parseExecutorSettings } from "../../src/settings/parse.ts";
import { layersOf, located } from "../support/layers.ts";

const { instanceId } = located;

function regionOf(
  attributes: Record<string, string>,
  rest: Partial<Layers> & { answers?: Record<string, string> } = {},
) {
  const { region, sources } = parseExecutorSettings(
    layersOf({ instanceId, ...attributes }, rest),
  );
  return [region, sources.get("region")];
}

describe("the region", () => {
  test.each<[Record<string, string>, string, string]>([
    [
      { region: "eu-west-1", "availability-zone": "us-east-1a" },
      "eu-west-1",
      "region",
    ],
    [{ "availability-zone": "us-west-2b" }, "us-west-2", "availability-zone"],
    [
      { "placement.availabilityZone": "us-gov-west-1a" },
      "us-gov-west-1",
      "placement.availabilityZone",
    ],
    [{ availabilityZone: "us-west-2-lax-1a" }, "us-west-2", "availabilityZone"],
    [
      { availabilityZone: "us-east-1-wl1-bos-wlz-1" },
      "us-east-1",
      "availabilityZone",
    ],
    [
      {
        region: "",
        privateDnsName: "ip-10-0-0-1.eu-central-1.compute.internal",
      },
      "eu-central-1",
      "privateDnsName",
    ],
    [
      { privateDnsName: "ip-10-0-0-1.ec2.internal" },
      "us-east-1",
      "privateDnsName",
    ],
    [
      { hostname: "ec2-user@ec2-1-2-3-4.ap-south-1.compute.amazonaws.com:22" },
      "ap-south-1",
      "hostname",
    ],
    [
      { hostname: "ec2-1-2-3-4.cn-north-1.compute.amazonaws.com.cn" },
      "cn-north-1",
      "hostname",
    ],
    [
      { hostname: "ec2-1-2-3-4.compute-1.amazonaws.com" },
      "us-east-1",
      "hostname",
    ],
  ])("of %j is %s, from %s", (attributes, region, attribute) => {
    expect(regionOf(attributes)).toEqual([
      region,
      `node attribute ${attribute}`,
    ]);
  });

  test("is the configured one where the node says nothing", () => {
    expect(
      regionOf(
        { hostname: "db.example.com", availabilityZone: "rack 7" },
        {
          answers: { region: "eu-north-1" },
          environment: { AWS_REGION: "us-east-2" },
        },
      ),
    ).toEqual([
      "eu-north-1",
      "framework.plugin.NodeExecutor.awsssmexecutor.region",
    ]);
  });

  test.each([
    [
      { AWS_REGION: "us-east-2", AWS_DEFAULT_REGION: "us-west-1" },
      "us-east-2",
      "AWS_REGION",
    ],
    [
      { AWS_REGION: " ", AWS_DEFAULT_REGION: "us-west-1" },
      "us-west-1",
      "AWS_DEFAULT_REGION",
    ],
  ])("or the server's: %j", (environment, region, name) => {
    expect(regionOf({}, { environment })).toEqual([
      region,
      `environment variable ${name}`,
    ]);
  });

  test("is missed in one line", () => {
    expect(() => regionOf({})).toThrow(
      expect.objectContaining({
        code: "setting-missing",
        message:
          'node "web1" has no region: set it in project.plugin.NodeExecutor.awsssmexecutor.region or the node attribute region',
      }),
    );
  });
});

describe("the instance id", () => {
  test.each<[Record<string, string>, string]>([
    [{ hostname: "mi-0123456789abcdef0" }, "mi-0123456789abcdef0"],
    [{ hostname: "ssm-user@i-0123456789abcdef0" }, "i-0123456789abcdef0"],
    [
      { hostname: "i-0123456789abcdef0.eu-west-1.compute.internal" },
      "i-0123456789abcdef0",
    ],
    [{ hostname: "i-0123456789abcdef0.ec2.internal" }, "i-0123456789abcdef0"],
    [{ instanceId: "", hostname: "i-01234567" }, "i-01234567"],
  ])("of %j is %s", (attributes, expected) => {
    const settings = parseExecutorSettings(
      layersOf({ region: "eu-west-1", ...attributes }),
    );
    expect(settings.instanceId).toBe(expected);
  });

  test("may be the node's name", () => {
    const settings = parseExecutorSettings(
      layersOf({ region: "eu-west-1" }, { nodeName: "i-0123456789abcdef0" }),
    );
    expect(settings.instanceId).toBe("i-0123456789abcdef0");
    expect(settings.sources.get("instanceId")).toBe("node name");
  });

  test("is missed in one line", () => {
    expect(() =>
      parseExecutorSettings(
        layersOf({ hostname: "db.example.com", region: "eu-west-1" }),
      ),
    ).toThrow(
      expect.objectContaining({
        code: "setting-missing",
        message: expect.stringMatching(
          /^node "web1" has no attribute instanceId.*"db.example.com"/,
        ),
      }),
    );
  });

  test("is not read from a project, which has none", () => {
    expect(() =>
      parseExecutorSettings(
        layersOf(
          { region: "eu-west-1" },
          { project: new Map([["project.instanceId", instanceId]]) },
        ),
      ),
    ).toThrow(/has no attribute instanceId/);
  });
});
