import { expect, it } from "vitest";
import { consoleUrl } from "../../src/main/console-url.ts";

it.each([
  ["eu-west-1", "https://eu-west-1.console.aws.amazon.com/"],
  ["cn-north-1", "https://cn-north-1.console.amazonaws.cn/"],
  ["us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"],
])(
  "a command in %s is shown by its own partition's console",
  (region, start) => {
    expect(consoleUrl(region, "c-1")).toBe(
      `${start}systems-manager/run-command/c-1?region=${region}`,
    );
  },
);

it("nobody outside knows the console of an isolated partition", () => {
  expect(consoleUrl("us-iso-east-1", "c-1")).toBeUndefined();
});
