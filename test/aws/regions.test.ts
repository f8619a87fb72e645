import { describe, expect, it } from "vitest";
import { findMistypedRegion, suggestRegion } from "../../src/aws/regions.ts";

describe("a region that the SDK does not know", () => {
  it.each([
    ["us-esat-1", "us-east-1"],
    ["eu-wst-1", "eu-west-1"],
    ["eu-centrall-1", "eu-central-1"],
    ["us-gov-wset-1", "us-gov-west-1"],
    ["cn-norht-1", "cn-north-1"],
  ])("%s is told with the one that was meant", (typed, meant) => {
    const words = `no region that I know; did you mean ${meant}?`;
    expect(suggestRegion(typed)).toBe(words);
    expect(findMistypedRegion(typed)).toBe(words);
  });

  it("may be newer than the SDK: only a letter makes it a slip", () => {
    expect(findMistypedRegion("ap-southeast-99")).toBeUndefined();
    expect(findMistypedRegion("us-east-9")).toBeUndefined();
    expect(suggestRegion("us-east-9")).toMatch(/^no region that I know/);
  });

  it("may be like no other", () => {
    expect(suggestRegion("xx-nowhere-1")).toBe("no region that I know");
    expect(findMistypedRegion("xx-nowhere-1")).toBeUndefined();
  });

  it.each(["us-east-1", "eu-central-2", "cn-north-1", "us-gov-east-1"])(
    "%s is none",
    (region) => {
      expect(suggestRegion(region)).toBeUndefined();
      expect(findMistypedRegion(region)).toBeUndefined();
    },
  );
});
