import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";

/** Each line is written when the one before is in Rundeck's log. */
const command =
  "for i in 1 2 3 4 ; do echo line $i ; until [ -e shown-$i ] ; do sleep 0.1 ; done ; done ; seq 1 40000 ; exit 3";

/** A command with CloudWatch Logs and with polls: its lines are in Rundeck's log while it runs. How soon is measured by the bench. */
export function describeLiveOutput(zip: string): void {
  describe("output of a running command", () => {
    let aws: LocalAws;
    let job: JobResult;

    beforeAll(async () => {
      aws = await startLocalAws({ nodes: 2, logGroup: "/rundeck/output" });
      const [logs = "", polls = ""] = aws.instanceIds;
      job = await runJob(zip, {
        job: ["exec", command],
        options: "--threads 2 --keepgoing",
        onLog: ({ node, text }) => {
          const [, number] = /^line (\d)$/.exec(text) ?? [];
          const id = node === "logs" ? logs : polls;
          const home = aws.nodes.get(id)?.folder ?? "";
          if (number !== undefined)
            writeFileSync(path.join(home, `shown-${number}`), "");
        },
        nodes: {
          logs: {
            instanceId: logs,
            "cloudwatch-log-group": "/rundeck/output",
          },
          polls: { instanceId: polls, "ssm-live-output": "true" },
        },
        project: { "service.NodeExecutor.default.provider": "awsssmexecutor" },
        environment: {
          AWS_ACCESS_KEY_ID: "AKIASERVER0000000000",
          AWS_SECRET_ACCESS_KEY: "secret",
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
      });
    });
    afterAll(async () => aws.close());

    it.each(["logs", "polls"])(
      "is in Rundeck's log while the command runs: %s",
      (node) => {
        const lines = job.log
          .filter((line) => line.node === node)
          .map(({ text }) => text);
        expect(lines.slice(0, 4)).toEqual([
          "line 1",
          "line 2",
          "line 3",
          "line 4",
        ]);
      },
    );

    it.each(["logs", "polls"])("is whole, and in order: %s", (node) => {
      const numbers = job.log
        .filter((line) => line.node === node && /^\d+$/.test(line.text))
        .map(({ text }) => Number(text));
      expect(numbers).toEqual(Array.from({ length: 40_000 }, (_, i) => i + 1));
      expect(job.text(node, "err")).toBe("");
      expect(job.result(node).resultCode).toBe(3);
    });
  });
}
