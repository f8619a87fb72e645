import { expect, test } from "vitest";
import { startLocalAws } from "../../../src/local/local-aws.ts";
import { run } from "../support/client.ts";

const base = "$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest";
const token = `$(curl -s -X PUT ${base}/api/token)`;
const header = `-H "X-aws-ec2-metadata-token: ${token}"`;
const roles = `${base}/meta-data/iam/security-credentials/`;

test("a node finds its own role in its instance metadata, and nobody's without a session token", async () => {
  await using aws = await startLocalAws({ nodes: 2 });
  const name = await run(aws, `curl -s ${header} ${roles}`);
  expect(name.StandardOutputContent).toBe("local-node");
  const keys = await run(aws, `curl -s ${header} ${roles}local-node`);
  const role = aws.nodes.get(aws.instanceIds[0] ?? "")?.role;
  expect(JSON.parse(keys.StandardOutputContent ?? "")).toMatchObject({
    Code: "Success",
    AccessKeyId: role?.accessKeyId,
    SecretAccessKey: role?.secretAccessKey,
    Token: role?.sessionToken,
  });
  const refused = await run(
    aws,
    `curl -s -o /dev/null -w '%{http_code}' ${roles}`,
  );
  expect(refused.StandardOutputContent).toBe("401");
});

test("a node's role is known to the services, so that its policies count", async () => {
  await using aws = await startLocalAws({ nodes: 1 });
  const role = aws.nodes.get(aws.instanceIds[0] ?? "")?.role;
  expect(aws.identities.find(role?.accessKeyId ?? "")).toBe(role);
});
