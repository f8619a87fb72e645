import { beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";

const count = 200;

export function describeManyNodes(zip: string): void {
  describe(`50 threads over ${count} nodes`, () => {
    let job: JobResult;

    beforeAll(async () => {
      await using aws = await startLocalAws({ nodes: count });
      job = await runJob(zip, {
        job: ["exec", "echo I am ${node.name}"],
        options: "--threads 50 --keepgoing",
        nodes: Object.fromEntries(
          aws.instanceIds.map((instanceId, i) => [`node-${i}`, { instanceId }]),
        ),
        project: { "service.NodeExecutor.default.provider": "awsssmexecutor" },
        environment: {
          AWS_ACCESS_KEY_ID: "AKIASERVER0000000000",
          AWS_SECRET_ACCESS_KEY: "secret",
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
      });
    }, 180_000);

    it("has no failure", () => {
      const failed = job.results
        .filter((result) => !result.success)
        .map((result) => ({ ...result, err: job.text(result.node, "err") }));
      expect(failed).toEqual([]);
      expect(job.total).toMatchObject({ total: count, succeeded: count });
    });

    it("gives each node its own output and nothing else", () => {
      const wrong = job.results.filter(
        ({ node }) =>
          job.text(node, "out") !== `I am ${node}` ||
          job.text(node, "err") !== "",
      );
      expect(wrong).toEqual([]);
    });
  });
}
