import { expect, it } from "vitest";
import { consoleUrl } from "../../src/main/console-url.ts";
import { consoleUrl as nodeUrl } from "../../src/nodes/console-url.ts";

it("a command and a node are shown by their own partition's console", () => {
  const region = "eusc-de-east-1";
  const start = `https://${region}.console.amazonaws-eusc.eu/systems-manager`;
  expect(consoleUrl(region, "c-1")).toBe(
    `${start}/run-command/c-1?region=${region}`,
  );
  expect(nodeUrl(region, "i-1")).toBe(
    `${start}/fleet-manager/managed-nodes/i-1/general?region=${region}`,
  );
});

it("nobody outside knows the console of an isolated partition", () => {
  expect(consoleUrl("us-iso-east-1", "c-1")).toBeUndefined();
  expect(nodeUrl("us-iso-east-1", "i-1")).toBeUndefined();
});
