import { describe, expect, it } from "vitest";
import type { DocumentDescription } from "../../../src/command/document/description.ts";
import { planDocument } from "../../../src/command/document/plan.ts";
import type { DocumentToRun } from "../../../src/command/document/plan.ts";

function plan(more: Partial<DocumentToRun> = {}) {
  return planDocument({
    instanceId: "i-1",
    target: "node a (i-1, eu-west-1)",
    osFamily: "unix",
    document: "Doc",
    parameters: { a: ["1"] },
    runId: "0".repeat(24),
    comment: `why [${"0".repeat(24)}]`,
    executionTimeoutSeconds: 100,
    deliveryTimeoutSeconds: 60,
    logRetrieveDelaySeconds: 0,
    ...more,
  });
}

function taking(...names: string[]): DocumentDescription {
  return {
    type: "Command",
    platforms: [],
    parameters: new Map(
      names.map((name) => [name, { type: "String", isRequired: false }]),
    ),
  };
}

describe("a document's plan", () => {
  it("sends it as it is, with our bounds around it", () => {
    expect(plan({ documentVersion: "3", logGroup: "g" })).toMatchObject({
      request: {
        instanceId: "i-1",
        documentName: "Doc",
        documentVersion: "3",
        parameters: { a: ["1"] },
        deliveryTimeoutSeconds: 60,
        logGroup: "g",
      },
      runner: "none",
      executionTimeoutSeconds: 100,
      isTimeoutOurs: false,
      timeouts: { deliverySeconds: 60, executionSeconds: 100 },
    });
  });

  it("gives a document that takes a time limit ours", () => {
    expect(
      plan({ description: taking("a", "executionTimeout") }),
    ).toMatchObject({
      request: { parameters: { a: ["1"], executionTimeout: ["100"] } },
      isTimeoutOurs: true,
    });
  });

  it("waits as long as a limit that the parameters give", () => {
    const parameters = { executionTimeout: ["7200"] };
    expect(
      plan({ description: taking("executionTimeout"), parameters }),
    ).toMatchObject({
      request: { parameters },
      executionTimeoutSeconds: 7_200,
      isTimeoutOurs: true,
      timeouts: { executionSeconds: 7_200 },
    });
  });
});
