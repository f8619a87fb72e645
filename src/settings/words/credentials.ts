import { keyStorage, yesOrNo } from "./words.ts";
import type { Words } from "./words.ts";

/** Who asks AWS; the copier's own come first. */
export const credentialWords = {
  "ssm-copier-accessKeyId": {
    group: "Further Credentials",
    title: "Access Key ID",
    text: "Access key id for Systems Manager and S3.",
    empty:
      "the credentials of the node executor, else the Rundeck server's own (environment, web identity, SSO, ECS, EKS, EC2)",
  },
  "ssm-copier-secretKey": {
    group: "Further Credentials",
    title: "Secret Key",
    text: "Secret key of the access key id.",
    empty: "only without an access key id",
    more: keyStorage,
  },
  "ssm-copier-profile": {
    group: "Further Credentials",
    title: "Profile",
    text: "A named profile in the AWS configuration files of the Rundeck server's user, in place of the keys.",
    empty: "none",
  },
  "ssm-copier-assume-role": {
    group: "Further Credentials",
    title: "Assume Role",
    text: "Whether the role is assumed.",
    empty: "yes where there is a Role ARN",
    more: "With No (false) its ARN does not count.",
    labels: yesOrNo,
  },
  "ssm-copier-assume-role-arn": {
    group: "Further Credentials",
    title: "Role ARN",
    text: "A role that the credentials assume.",
    empty:
      "the node executor's role, unless the file copier has credentials of its own",
  },
  "ssm-copier-external-id": {
    group: "Further Credentials",
    title: "External ID",
    text: "What the role's trust policy asks for as sts:ExternalId.",
    empty: "none",
  },
  "ssm-accessKeyId": {
    group: "Further Credentials",
    title: "Access Key ID",
    text: "Access key id.",
    empty:
      "the profile, else the Rundeck server's own credentials (environment, web identity, SSO, ECS, EKS, EC2)",
  },
  "ssm-secretKey": {
    group: "Further Credentials",
    title: "Secret Key",
    text: "Secret key of the access key id.",
    empty: "only without an access key id",
    more: keyStorage,
  },
  "ssm-profile": {
    group: "Further Credentials",
    title: "Profile",
    text: "A named profile in the AWS configuration files of the Rundeck server's user, in place of the keys.",
    empty: "none",
  },
  "ssm-assume-role": {
    group: "Further Credentials",
    title: "Assume Role",
    text: "Whether the role is assumed.",
    empty: "yes where there is a Role ARN",
    more: "With No (false) its ARN does not count.",
    labels: yesOrNo,
  },
  "ssm-assume-role-arn": {
    group: "Further Credentials",
    title: "Role ARN",
    text: "A role that the credentials assume, renewed for as long as a command runs.",
    empty: "none",
  },
  "ssm-external-id": {
    group: "Further Credentials",
    title: "External ID",
    text: "What the role's trust policy asks for as sts:ExternalId.",
    empty: "none",
  },
  "ssm-sts-region": {
    group: "Further Credentials",
    title: "STS Region",
    text: "AWS region in which STS is asked to assume a role.",
    empty: "the node's region",
  },
} as const satisfies Record<string, Words>;
