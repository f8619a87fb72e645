import { describe, expect, test } from "vitest";
import { mapNode } from "../../src/nodes/mapping.ts";
import { select, selectMerged } from "../../src/nodes/select.ts";

const node = {
  tags: { Name: "web 1", Env: "prod", Role: "db, master", Empty: "" },
  details: {
    instanceId: "i-1",
    state: { code: "16", name: "running" },
    placement: { availabilityZone: "eu-west-1a" },
    networkInterfaces: { 0: { privateIpAddress: "10.0.0.1" } },
  },
};

// what the EC2 source's own documentation and code say: Readme.md, "Mapping format"; InstanceToNodeMapper
describe("a selector", () => {
  test.each([
    ["a field", "instanceId", "i-1"],
    ["a field of a field", "state.name", "running"],
    [
      "a field of a list's element",
      "networkInterfaces[0].privateIpAddress",
      "10.0.0.1",
    ],
    ["a tag", "tags/Name", "web 1"],
    ["the first alternative that has a value", "tags/Nope,instanceId", "i-1"],
    [
      "several with literals between them",
      "tags/Env+'-'+instanceId",
      "prod-i-1",
    ],
    ["double quotes as well", 'tags/Env+" "+instanceId', "prod i-1"],
    ["what there is of several", "tags/Nope+tags/Env", "prod"],
    ["no literal alone", "'only'", undefined],
    ["no literal beside nothing", "'x'+tags/Nope", undefined],
    ["nothing for a tag without a value", "tags/Empty", undefined],
    ["nothing for what there is not", "nope.at.all", undefined],
    ["nothing for a structure", "state", undefined],
    ["nothing for an index beyond the list", "networkInterfaces[7]", undefined],
    ["nothing of an object's own kin", "constructor.name", undefined],
    ["nothing for nothing", "", undefined],
  ])("finds %s", (_, selector, expected) => {
    expect(select(selector, node)).toBe(expected);
  });

  test("merges by | what has a value, and goes on to the next alternative else", () => {
    expect(selectMerged("tags/Env|tags/Nope|tags/Role", node)).toEqual([
      "prod",
      "db, master",
    ]);
    expect(selectMerged("tags/Nope|tags/No,tags/Env", node)).toEqual(["prod"]);
    expect(selectMerged("tags/Nope", node)).toEqual([]);
  });
});

describe("a mapping", () => {
  const map = (mapping: Record<string, string>) => {
    const { attributes, tags } = mapNode(
      node,
      new Map(Object.entries(mapping)),
    );
    return { attributes: Object.fromEntries(attributes), tags: [...tags] };
  };

  test("takes a selector's value, else the default", () => {
    expect(
      map({
        "nodename.selector": "tags/Name",
        "user.selector": "tags/User",
        "user.default": "ec2-user",
        "shell.default": "bash",
        "none.selector": "tags/Nope",
      }).attributes,
    ).toEqual({ nodename: "web 1", user: "ec2-user", shell: "bash" });
  });

  test("makes every tag an attribute by attributes.selector, behind all others", () => {
    expect(
      map({ "attributes.selector": "tags/*", "Env.default": "mine" })
        .attributes,
    ).toEqual({ Name: "web 1", Env: "mine", Role: "db, master", Empty: "" });
  });

  test("has tags by tags.selector, whose values are lists, or by tags.default", () => {
    expect(map({ "tags.selector": "tags/Role|tags/Env" }).tags).toEqual([
      "db",
      "master",
      "prod",
    ]);
    expect(
      map({ "tags.selector": "tags/Nope", "tags.default": "a, b" }).tags,
    ).toEqual(["a", "b"]);
  });

  test("has a single tag where its selector has a value, or the one that is named", () => {
    expect(
      map({
        "tag.named.selector": "tags/Name",
        "tag.up.selector": "state.name=running",
        "tag.down.selector": "state.name=stopped",
        "tag.gone.selector": "",
        "tag.with.dots.selector": "instanceId",
      }).tags,
    ).toEqual(["named", "up", "with.dots"]);
  });
});
