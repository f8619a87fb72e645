import type { Identity } from "../../../src/local/auth/identities.ts";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { bridgePolicy, nodePolicy } from "../../support/documented-policies.ts";

type Started = { aws: LocalAws; settings: object };

const bucket = "diagnostics";
const account = "111122223333";

/** What all cases may want to know. */
export function commonSettings(aws: LocalAws): object {
  return {
    linux: aws.instanceIds.slice(0, 2),
    bucket: aws.bucket,
    logGroup: aws.logGroup,
    region: aws.region,
  };
}

/** Nodes of every kind, for anybody's keys. */
export async function fleet(): Promise<Started> {
  const [windows, offline, terminated] = [
    "i-0000000000000000a",
    "i-0000000000000000b",
    "i-0000000000000000c",
  ];
  const aws = await startLocalAws({
    account,
    bucket,
    logGroup: "/rundeck/commands",
    documents: [{ name: "Team-RunShell" }],
    nodes: [
      {},
      {},
      { instanceId: windows, platform: "windows" },
      { instanceId: offline, state: "offline" },
      { instanceId: terminated, state: "terminated" },
    ],
  });
  aws.s3.createBucket("far-away", { region: "eu-west-1" });
  const known: Identity = {
    accessKeyId: "AKIAKNOWN",
    secretAccessKey: "known-secret",
    arn: `arn:aws:iam::${account}:user/known`,
    account,
  };
  aws.identities.add(known);
  return {
    aws,
    settings: {
      windows,
      offline,
      terminated,
      farBucket: "far-away",
      known,
    },
  };
}

/** Only registered keys are accepted: one may do everything, two what the documentation gives them, one is over. Nodes are of another account. */
export async function registerIdentities(): Promise<Started> {
  const aws = await startLocalAws({
    account,
    bucket,
    logGroup: "/rundeck/commands",
    nodes: 1,
    strict: true,
    documents: [{ name: "Team-RunShell" }],
  });
  const admin = identity("admin");
  const limited = { ...identity("limited"), policies: [bridgePolicy] };
  const expired = {
    ...identity("expired"),
    sessionToken: "a-token",
    expiresAtEpochMs: Date.now() - 1_000,
  };
  const nodeKeys: Identity = {
    ...identity("node"),
    sessionToken: "node-token",
    account: "222222222222",
    arn: "arn:aws:sts::222222222222:assumed-role/managed-nodes/i-00000000000000001",
    policies: [nodePolicy(bucket)],
  };
  for (const one of [admin, limited, expired, nodeKeys])
    aws.identities.add(one);
  const roleArn = "arn:aws:iam::111122223333:role/ops/deploy";
  aws.identities.addRole({ arn: roleArn, externalId: "partner" });
  aws.s3.createBucket(bucket, {
    policy: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: {
            AWS: `arn:aws:iam::${nodeKeys.account}:role/managed-nodes`,
          },
          Action: ["s3:GetObject", "s3:ListBucket"],
          Resource: `arn:aws:s3:::${bucket}/*`,
        },
        {
          Effect: "Allow",
          Principal: { AWS: limited.arn },
          Action: ["s3:PutObject"],
          Resource: `arn:aws:s3:::${bucket}/*`,
        },
      ],
    },
  });
  return {
    aws,
    settings: {
      admin,
      adminArn: admin.arn,
      limited,
      limitedArn: limited.arn,
      expired,
      nodeKeys,
      roleArn,
    },
  };
}

function identity(name: string): Identity {
  return {
    accessKeyId: `AKIA${name.toUpperCase()}`,
    secretAccessKey: `secret-of-${name}`,
    arn: `arn:aws:iam::${account}:user/${name}`,
    account,
  };
}

/** One failure an operation. */
export async function failing(): Promise<Started> {
  const aws = await startLocalAws({ account, bucket, nodes: 1 });
  const { faults } = aws;
  faults.throttle("ListCommands", 2);
  faults.add({
    kind: "error",
    code: "InternalServerError",
    status: 500,
    operation: "DescribeInstanceInformation",
  });
  faults.add({ kind: "lost", when: "after", operation: "SendCommand" });
  faults.add({ kind: "malformed", operation: "DescribeLogGroups" });
  faults.add({ kind: "malformed", operation: "GetCallerIdentity" });
  faults.add({ kind: "delay", ms: 5_000, operation: "ListDocuments" });
  faults.throttle("PutObject", 2);
  return { aws, settings: {} };
}
