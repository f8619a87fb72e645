import { describe, expect, test } from "vitest";
import { parseNodeSource } from "../../src/settings/node-source.ts";

const role = "arn:aws:iam::222233334444:role/rundeck";

function parse(
  properties: Record<string, string>,
  environment: Record<string, string> = { AWS_REGION: "eu-west-1" },
) {
  const rundeck = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      `RD_CONFIG_${name.toUpperCase().replaceAll("-", "_")}`,
      value,
    ]),
  );
  return parseNodeSource({ options: new Map(), rundeck, environment });
}

test("without properties it is the server's own account, and AWS_REGION", () => {
  expect(parse({})).toMatchObject({
    regions: ["eu-west-1"],
    homeRegion: "eu-west-1",
    roleArns: [],
    listedBy: "DescribeInstanceInformation",
    filters: [],
    offline: "listed",
    credentials: { baseFrom: "ssm" },
  });
});

test("lists are separated by commas, and each counts once", () => {
  expect(
    parse({
      regions: " us-east-1, eu-west-1,us-east-1,",
      "role-arns": `${role},${role}`,
    }),
  ).toMatchObject({
    regions: ["us-east-1", "eu-west-1"],
    roleArns: [role],
    homeRegion: "eu-west-1",
  });
  expect(parse({ regions: "all" }).regions).toBe("all");
  expect(parse({ regions: "us-west-2" }, {}).homeRegion).toBe("us-west-2");
  expect(parse({ regions: "all" }, {}).homeRegion).toBe("us-east-1");
});

test("nodes are found by ListNodes where that is wanted", () => {
  expect(parse({ "list-nodes": "true" }).listedBy).toBe("ListNodes");
  expect(parse({ "list-nodes": "false" }).listedBy).toBe(
    "DescribeInstanceInformation",
  );
});

// as rundeck-ec2-nodes-plugin splits them: at ; then at the first = and, of a filter's values, at commas
test("filters and mappings have the EC2 source's form", () => {
  const settings = parse({
    filter: "tag:Env=prod,test; tag:Query=a=b ;instance-state-name=running;",
    "mapping-params":
      "nodename.selector=tags/Name,instanceId;x.default=a=b; tag.up.selector=state.name=running",
    "default-attributes": "ssm-run-as=app;note=",
    "node-name": "tags/Name",
    "include-offline": "false",
  });
  expect(settings.filters).toEqual([
    { name: "tag:Env", values: ["prod", "test"] },
    { name: "tag:Query", values: ["a=b"] },
    { name: "instance-state-name", values: ["running"] },
  ]);
  expect([...settings.mapping]).toEqual([
    ["nodename.selector", "tags/Name,instanceId"],
    ["x.default", "a=b"],
    ["tag.up.selector", "state.name=running"],
  ]);
  expect([...settings.attributes]).toEqual([
    ["ssm-run-as", "app"],
    ["note", ""],
  ]);
  expect(settings).toMatchObject({
    nodeName: "tags/Name",
    offline: "left-out",
  });
});

describe("what is wrong is told in one line", () => {
  const where = (name: string) => `from property ${name} of the node source`;
  test.each([
    ["regions", "Ireland", /such as eu-west-1/],
    ["regions", "eu-west-1;us-east-1", /such as eu-west-1/],
    ["role-arns", "rundeck", /a role's ARN/],
    ["filter", "tag:Env", /filters NAME=VALUE/],
    ["filter", "tag:Env=", /filters NAME=VALUE/],
    ["filter", "=prod", /filters NAME=VALUE/],
    ["mapping-params", "owner=tags/Owner", /NAME\.selector=SELECTOR/],
    ["mapping-params", "owner.selector", /NAME\.selector=SELECTOR/],
    ["default-attributes", "x", /pairs NAME=VALUE/],
    ["include-offline", "maybe", /true or false/],
    ["list-nodes", "maybe", /true or false/],
  ])("%s is %s", (name, value, form) => {
    const parsing = () => parse({ [name]: value });
    expect(parsing).toThrow(form);
    expect(parsing).toThrow(`${name} is "${value}", ${where(name)}: it must`);
  });

  test("no region at all", () => {
    expect(() => parse({}, {})).toThrow(/no region: set regions/);
    expect(() => parse({}, { AWS_REGION: "Ireland" })).toThrow(
      'region is "Ireland", from environment variable AWS_REGION',
    );
  });
});

describe("credentials", () => {
  test("a key pair is a pair, and its secret is in no message", () => {
    const keys = { "ssm-accessKeyId": "AKIA1", "ssm-secretKey": "s3cret" };
    const settings = parse(keys);
    expect(settings.credentials.keys?.accessKeyId).toBe("AKIA1");
    expect(settings.credentials.keys?.secretKey.reveal()).toBe("s3cret");
    expect(JSON.stringify([...settings.shown])).not.toContain("s3cret");
    expect(() => parse({ "ssm-accessKeyId": "AKIA1" })).toThrow(
      /ssm-secretKey is not set, or its Key Storage path can't be opened/,
    );
    expect(() => parse({ "ssm-secretKey": "s3cret" })).toThrow(
      /^(?!.*s3cret).*ssm-accessKeyId is not set/,
    );
  });

  test("a secret is no option", () => {
    const options = new Map([["ssm-secretKey", "s3cret"]]);
    const environment = { AWS_REGION: "eu-west-1" };
    expect(() =>
      parseNodeSource({ options, rundeck: {}, environment }),
    ).toThrow(/^(?!.*s3cret).*RUNDECK_SSM_SECRETKEY/);
  });

  test("an option comes before a variable of ours, and empty is not set", () => {
    const given = (value: string) =>
      parseNodeSource({
        options: new Map([["ssm-profile", value]]),
        rundeck: {},
        environment: { AWS_REGION: "eu-west-1", RUNDECK_SSM_PROFILE: "b" },
      }).credentials.profile;
    expect(given("a")).toBe("a");
    expect(given(" ")).toBe("b");
  });
});
