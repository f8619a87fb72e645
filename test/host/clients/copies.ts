import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { startLocalAws } from "../../../src/local/local-aws.ts";
import { copierEnvironment, runPlugin } from "../../support/plugin.ts";
import {
  bridge,
  bucketPolicy,
  nodePolicy,
  nodeRole,
} from "../../support/documented-policies.ts";

const bucket = "automated-diagnostics";

/** What a node with the AWS CLI and nothing else does with a file in a bucket. */
export function itCopiesByCli(aws: string): void {
  it("fetches a file with the node's role, under the policies of Rundeck's own SSM plugin", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "bridge-cli-"));
    await using local = await startLocalAws({
      folder,
      strict: true,
      nodes: [
        {
          tools: { without: ["curl", "wget", "python3"], add: { aws } },
          role: nodeRole("cli", [nodePolicy(bucket)]),
        },
      ],
    });
    local.identities.add(bridge);
    local.s3.createBucket(bucket, { policy: bucketPolicy(bucket) });
    const file = path.join(folder, "file.bin");
    const content = randomBytes(12_000_000);
    writeFileSync(file, content);
    const to = path.join(folder, "to");
    mkdirSync(to);
    const ended = await runPlugin(
      "FileCopier",
      copierEnvironment(
        local,
        local.instanceIds[0] ?? "",
        { file, destination: to },
        {
          AWS_ACCESS_KEY_ID: bridge.accessKeyId,
          AWS_SECRET_ACCESS_KEY: bridge.secretAccessKey,
          RD_CONFIG_SSM_COPIER_BUCKET: bucket,
        },
      ),
    );
    expect([ended.exitCode, ended.stdout.toString(), ended.stderr]).toEqual([
      0,
      `${to}/file.bin\n`,
      "",
    ]);
    expect(readFileSync(`${to}/file.bin`).equals(content)).toBe(true);
    const sends = local.requests.filter(
      (made) => made.operation === "SendCommand",
    );
    expect(sends).toHaveLength(1);
    rmSync(folder, { recursive: true, force: true });
  });
}
