import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";
import { processesWith } from "./processes.ts";
import { sendsTo } from "./requests.ts";

const count = 60;
const threads = 20;
const provider = "awsssmexecutor";

/** One command for all nodes, so that its executions have everything in common. */
export function describeSidecar(zip: string): void {
  describe(`${threads} threads over ${count} nodes, with a sidecar`, () => {
    let aws: LocalAws;
    let job: JobResult;

    beforeAll(async () => {
      aws = await startLocalAws({ nodes: count });
      job = await runJob(zip, {
        job: ["exec", "echo out ; echo err >&2 ; sleep 1"],
        options: `--threads ${threads} --keepgoing`,
        nodes: Object.fromEntries(
          aws.instanceIds.map((instanceId, i) => [`node-${i}`, { instanceId }]),
        ),
        project: {
          "service.NodeExecutor.default.provider": provider,
          [`project.plugin.NodeExecutor.${provider}.ssm-sidecar`]: "auto",
        },
        environment: {
          AWS_ACCESS_KEY_ID: "AKIASERVER0000000000",
          AWS_SECRET_ACCESS_KEY: "secret",
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
      });
    });

    afterAll(async () => {
      // it would wait for further jobs
      for (const { pid } of await processesWith(job.serverFolder))
        process.kill(pid, "SIGTERM");
      while ((await processesWith(job.serverFolder)).length > 0)
        await sleep(20);
      await aws.close();
    });

    it("has no failure, and gives each node its own output and nothing else", () => {
      expect(job.results.filter((result) => !result.success)).toEqual([]);
      expect(job.total).toMatchObject({ total: count, succeeded: count });
      const wrong = job.results.filter(
        ({ node }) =>
          job.text(node, "out") !== "out" || job.text(node, "err") !== "err",
      );
      expect(wrong).toEqual([]);
    });

    it("sends the command once to each node", () => {
      const sends = aws.instanceIds.map((id) => sendsTo(aws, id).length);
      expect(sends).toEqual(sends.map(() => 1));
    });

    // alone, each execution takes two at least: a send, and a look at how it ended
    it("asks AWS less often than there are executions", () => {
      const operations = aws.requests.map(({ operation }) => operation);
      expect(operations.length).toBeLessThan(count);
    });

    it("leaves nothing on the server but the sidecar", async () => {
      const left = await processesWith(job.serverFolder);
      expect(left.filter(({ line }) => !line.includes("sidecar"))).toEqual([]);
    });
  });
}
