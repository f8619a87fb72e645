import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startLocalAws } from "../../../src/local/local-aws.ts";
import { finished, run, send } from "../support/client.ts";

test("a command sent by an AWS client runs on every node, and exit code and both streams come back", async () => {
  await using aws = await startLocalAws({ nodes: 2 });
  const commandId = await send(
    aws,
    ["echo on $AWS_SSM_INSTANCE_ID; echo oops >&2; exit 3"],
    { InstanceIds: aws.instanceIds },
  );
  for (const instanceId of aws.instanceIds)
    expect(await finished(aws, commandId, instanceId)).toMatchObject({
      Status: "Failed",
      StatusDetails: "Failed",
      ResponseCode: 3,
      PluginName: "aws:runShellScript",
      StandardOutputContent: `on ${instanceId}\n`,
      StandardErrorContent: "oops\nfailed to run commands: exit status 3",
    });
});

test("nodes are numbered, and the endpoint is on the loopback address", async () => {
  await using aws = await startLocalAws({ nodes: 2 });
  expect(aws.instanceIds).toEqual([
    "i-00000000000000001",
    "i-00000000000000002",
  ]);
  expect(aws.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("closing removes all files", async () => {
  const aws = await startLocalAws({ nodes: 1 });
  const result = await run(aws, "pwd");
  const folder = result.StandardOutputContent?.trim() ?? "";
  expect(existsSync(folder)).toBe(true);
  await aws.close();
  expect(existsSync(folder)).toBe(false);
});

test("a port that is taken fails the start, and leaves no files", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const folder = await mkdtemp(join(tmpdir(), "taken-"));
  const port = Number(new URL(aws.endpoint).port);
  await expect(startLocalAws({ port, folder, nodes: 1 })).rejects.toMatchObject(
    { code: "EADDRINUSE" },
  );
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
