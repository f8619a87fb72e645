import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";
import { findSecrets } from "./canaries.ts";
import { accessKeysOf } from "./requests.ts";

const accessKeyId = "AKIASERVER0000000000";
const secret = "canary/Server+Secret00000000000000000000";

/** Rundeck 5 gives its plugins no environment: everything here is in the JVM's alone. */
export function describeDefaultChain(zip: string): void {
  describe("with nothing configured but the server's environment", () => {
    let aws: LocalAws;
    let job: JobResult;

    beforeAll(async () => {
      aws = await startLocalAws({ nodes: 2 });
      aws.identities.add({
        accessKeyId,
        secretAccessKey: secret,
        arn: `arn:aws:iam::${aws.account}:user/server`,
        account: aws.account,
      });
      const [first = "", second = ""] = aws.instanceIds;
      job = await runJob(zip, {
        job: ["exec", "echo hello from ${node.name}"],
        options: "--threads 3 --keepgoing",
        nodes: {
          first: { instanceId: first, "node-executor": "awsssmexecutor" },
          second: { hostname: second, "node-executor": "awsssmexecutor" },
          third: { instanceId: first },
        },
        // a provider that is not installed: what Rundeck gives to it fails there, and does not come to us
        project: { "service.NodeExecutor.default.provider": "somebody-elses" },
        environment: {
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secret,
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
      });
    });

    afterAll(() => aws?.close());

    it("uses the server's credentials, region and endpoint", () => {
      expect(job.text("first", "out")).toBe("hello from first");
      expect(job.text("first", "err")).toBe("");
      expect(accessKeysOf(aws, aws.instanceIds[0] ?? "")).toEqual([
        { accessKeyId, verified: true },
      ]);
    });

    it("takes a hostname that is an instance id for the instance", () => {
      expect(job.text("second", "out")).toBe("hello from second");
    });

    it("serves the nodes whose attribute node-executor names it, and no other", () => {
      expect(job.result("third").failureMessage).toContain("somebody-elses");
      const sends = aws.requests.filter(
        (request) => request.operation === "SendCommand",
      );
      expect(sends).toHaveLength(2);
    });

    it("shows the server's secret nowhere", async () => {
      expect(await findSecrets([secret], job, aws)).toEqual([]);
    });
  });
}
