import { describe, expect, it } from "vitest";
import { explainStuck } from "../../src/copy/explain.ts";

describe("explainStuck", () => {
  it.each([
    ["eu-central-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
    ["us-iso-east-1", "aws-iso"],
  ])("names the bucket as it is called in %s", (region, partition) => {
    const tried = [{ way: "cli", how: "denied" }];
    const error = explainStuck(
      "node n",
      { bucket: "b", region },
      { tried, said: "" },
    );
    expect(error.code).toBe("access-denied");
    expect(error.message.match(/arn:[a-z-]+:s3:::/g)).toEqual([
      `arn:${partition}:s3:::`,
      `arn:${partition}:s3:::`,
    ]);
  });
});
