import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";

export function describeDebug(zip: string): void {
  describe("a job at the DEBUG level", () => {
    let aws: LocalAws;
    let job: JobResult;

    beforeAll(async () => {
      aws = await startLocalAws({ nodes: 1 });
      const [instanceId = ""] = aws.instanceIds;
      job = await runJob(zip, {
        job: ["exec", "echo hello"],
        options: "--loglevel DEBUG",
        nodes: { web: { instanceId, "node-executor": "awsssmexecutor" } },
        environment: {
          AWS_ACCESS_KEY_ID: "AKIASERVER0000000000",
          AWS_SECRET_ACCESS_KEY: "canary/Server+Secret00000000000000000000",
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
      });
    });

    afterAll(() => aws?.close());

    it("has the plugin's debug lines on the node's stderr, each a line of its own, and its output on stdout alone", () => {
      expect(job.text("web", "out")).toBe("hello");
      const lines = job.text("web", "err").split("\n");
      expect(lines.length).toBeGreaterThanOrEqual(5);
      for (const line of lines) expect(line).toMatch(/^rundeck-ssm: debug: /);
      expect(job.everything).not.toContain("canary/");
    });
  });
}
