import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";

const tenSeconds =
  "for i in 1 2 3 4 5 6 7 8 9 10 ; do echo line $i at $( date +%s%3N ) ; sleep 1 ; done ; seq 1 40000 ; exit 3";

/** A command of 10 s, with CloudWatch Logs and with polls: when its lines are in Rundeck's log. */
export function describeLiveOutput(zip: string): void {
  describe("output of a running command", () => {
    let aws: LocalAws;
    let job: JobResult;

    beforeAll(async () => {
      aws = await startLocalAws({ nodes: 2, logGroup: "/rundeck/output" });
      const [logs = "", polls = ""] = aws.instanceIds;
      job = await runJob(zip, {
        job: ["exec", tenSeconds],
        options: "--threads 2 --keepgoing",
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
    }, 90_000);
    afterAll(async () => aws.close());

    it.each(["logs", "polls"])(
      "is in Rundeck's log while the command runs: %s",
      (node) => {
        const lines = job.log.filter(
          (line) => line.node === node && line.text.startsWith("line "),
        );
        const writtenMs = lines.map(({ text }) =>
          Number(text.split(" at ")[1]),
        );
        // each clock has its own zero: what counts is how much later than the first line the others are
        const delays = lines.map(
          ({ t }, i) =>
            t -
            (lines[0]?.t ?? 0) -
            ((writtenMs[i] ?? 0) - (writtenMs[0] ?? 0)),
        );
        console.log(
          `${node}: lines in Rundeck's log after ${lines.map(({ t }) => `${((t - (lines[0]?.t ?? 0)) / 1000).toFixed(1)} s`).join(", ")}`,
        );
        expect(lines).toHaveLength(10);
        expect(Math.max(...delays.map(Math.abs))).toBeLessThan(5_000);
        expect((lines.at(-1)?.t ?? 0) - (lines[0]?.t ?? 0)).toBeGreaterThan(
          6_000,
        );
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
