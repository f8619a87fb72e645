import type { Identity } from "../../src/local/auth/identities.ts";
import type { PolicyDocument } from "../../src/local/protocol.ts";

const account = "111122223333";

/** What Rundeck's own SSM plugin asks for, word for word. Source: Rundeck's documentation of it, "IAM Permissions Setup". */
export const bridgePolicy: PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "ssm:SendCommand",
      Resource: [
        "arn:aws:s3:::*",
        "arn:aws:ssm:*::document/AWS-RunShellScript",
        "arn:aws:ssm:*::document/AWS-RunPowerShellScript",
        "arn:aws:ssm:*::document/AWS-RunRemoteScript",
        `arn:aws:ec2:*:${account}:instance/*`,
      ],
    },
    {
      Effect: "Allow",
      Action: [
        "ssm:ListCommands",
        "ssm:ListCommandInvocations",
        "ssm:GetCommandInvocation",
        "logs:GetLogEvents",
      ],
      Resource: "*",
    },
  ],
};

/** The principal that the plugin acts as. */
export const bridge: Identity = {
  accessKeyId: "AKIABRIDGE",
  secretAccessKey: "bridge-secret",
  arn: `arn:aws:iam::${account}:user/rundeck`,
  account,
  policies: [bridgePolicy],
};

const nodeRoleArn = `arn:aws:iam::${account}:role/managed-node`;

/** A session of the role that all nodes have; what it may do is `policies`. */
export function nodeRole(name: string, policies: PolicyDocument[]): Identity {
  return {
    accessKeyId: `ASIA${name.toUpperCase()}`,
    secretAccessKey: `secret-of-${name}`,
    sessionToken: `session-of-${name}`,
    arn: `arn:aws:sts::${account}:assumed-role/managed-node/${name}`,
    account,
    policies,
  };
}

/** For the nodes' role. Source: as above, "SSM Setup on Remote EC2 Nodes". */
export function nodePolicy(bucket: string): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  };
}

/** For the bucket. Source: as above, "S3 Bucket Permissions". */
export function bucketPolicy(bucket: string): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: nodeRoleArn },
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
      {
        Effect: "Allow",
        Principal: { AWS: bridge.arn },
        Action: ["s3:PutObject"],
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  };
}
