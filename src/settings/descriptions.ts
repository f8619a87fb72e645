import type { Service } from "../rundeck/host.ts";
import type { SettingName } from "./schema.ts";

type Description = readonly [title: string, text: string];
type Group = {
  title: string;
  services: readonly Service[];
  settings: Readonly<Partial<Record<SettingName, Description>>>;
};

const both: readonly Service[] = ["NodeExecutor", "FileCopier"];
const keyStorage =
  "A Key Storage path; Rundeck opens it from a plugin property or a node attribute only.";

/** What each setting is called and means, in the order of Rundeck's forms. Titles that Rundeck Enterprise's plugins have are theirs. */
export const groups: readonly Group[] = [
  {
    title: "Node",
    services: both,
    settings: {
      instanceId: [
        "Instance ID",
        "The node's id in Systems Manager, i-… or mi-…: a node attribute, which the EC2 node source sets. Without it, a host name or node name that is one.",
      ],
      region: [
        "Region",
        "AWS region of nodes that don't say theirs by the attribute region, an availability zone or an EC2 host name. Farthest of all: AWS_REGION.",
      ],
    },
  },
  {
    title: "Copier credentials",
    services: ["FileCopier"],
    settings: {
      "ssm-copier-accessKeyId": [
        "Access Key ID",
        "Access key id for SSM and S3. If the copier has neither a key nor a profile of its own, the executor's count, then the server's own credentials.",
      ],
      "ssm-copier-secretKey": [
        "Secret Key",
        `Secret key of the access key id. ${keyStorage}`,
      ],
      "ssm-copier-profile": [
        "Profile",
        "A named profile in the AWS configuration files of the Rundeck server's user.",
      ],
      "ssm-copier-assume-role": [
        "Assume Role",
        "Whether to assume the role below. An ARN alone means yes; false ignores it.",
      ],
      "ssm-copier-assume-role-arn": [
        "Role ARN",
        "A role to assume on top of the credentials above.",
      ],
      "ssm-copier-external-id": [
        "External ID",
        "What the role's trust policy asks for as sts:ExternalId.",
      ],
    },
  },
  {
    title: "Credentials",
    services: both,
    settings: {
      "ssm-accessKeyId": [
        "Access Key ID",
        "Access key id. With neither a key nor a profile: the server's own credentials (environment, web identity, SSO, ECS, EKS, EC2).",
      ],
      "ssm-secretKey": [
        "Secret Key",
        `Secret key of the access key id. ${keyStorage}`,
      ],
      "ssm-profile": [
        "Profile",
        "A named profile in the AWS configuration files of the Rundeck server's user.",
      ],
      "ssm-assume-role": [
        "Assume Role",
        "Whether to assume the role below. An ARN alone means yes; false ignores it.",
      ],
      "ssm-assume-role-arn": [
        "Role ARN",
        "A role to assume on top of the credentials above, refreshed for as long as a command runs.",
      ],
      "ssm-external-id": [
        "External ID",
        "What the role's trust policy asks for as sts:ExternalId.",
      ],
    },
  },
  {
    title: "Run",
    services: both,
    settings: {
      "ssm-execution-timeout": [
        "Execution Timeout",
        "Seconds that a command may run on the node.",
      ],
      "ssm-delivery-timeout": [
        "Delivery Timeout",
        "Seconds until the node must have taken the command.",
      ],
      "ssm-run-as": [
        "Run As",
        "User on the node that the command runs as, and that a copied file belongs to. Without it: root.",
      ],
    },
  },
  {
    title: "Run",
    services: ["NodeExecutor"],
    settings: {
      "ssm-working-directory": [
        "Working Directory",
        "Folder on the node in which the command runs.",
      ],
      "ssm-shell": ["Shell", "Shell on the node that reads the command."],
      "ssm-pass-variables": [
        "Pass Variables",
        "RD_ variables that the command sees: names, * and ? allowed, separated by commas or blanks. None without it; secure options never.",
      ],
      "ssm-document-name": [
        "Document",
        "An SSM document of your own whose parameter commands a shell runs. Without it AWS-RunShellScript, or AWS-RunPowerShellScript where osFamily is windows.",
      ],
      "ssm-runner": [
        "Runner",
        "full wraps the command on the node so that exit codes, whole output and kills are exact; none sends it bare, with SSM's own limits.",
      ],
    },
  },
  {
    title: "Output",
    services: ["NodeExecutor"],
    settings: {
      "cloudwatch-log-group": [
        "CloudWatch Log Group",
        "Log group through which output is shown while the command runs.",
      ],
      "log-retrieve-delay": [
        "Log Filter Delay",
        "Seconds that output may take to appear in CloudWatch Logs after the command has ended.",
      ],
      "ssm-live-output": [
        "Live Output",
        "Whether to show output while the command runs, without CloudWatch Logs, by further small commands.",
      ],
      "ssm-output-limit": [
        "Output Limit",
        "Bytes of output fetched without CloudWatch Logs or a bucket.",
      ],
      "ssm-output-bucket": [
        "Output Bucket",
        "S3 bucket that a node sends larger output to.",
      ],
    },
  },
  {
    title: "Transfer",
    services: ["FileCopier"],
    settings: {
      "ssm-copier-bucket": [
        "Bucket Name",
        "S3 bucket that larger files pass through. Small ones need none.",
      ],
      "ssm-copier-prefix": [
        "Prefix",
        "What the keys of objects in the bucket begin with.",
      ],
      "ssm-copier-kms-key": [
        "KMS Key",
        "Key that encrypts objects in the bucket. Without it, the bucket's default.",
      ],
      "ssm-copier-inline-limit": [
        "Inline Limit",
        "Largest file in bytes that goes inside commands. Without it, what one command takes, or ten where there is no bucket.",
      ],
      "ssm-copier-file-mode": [
        "File Mode",
        "Mode of the file on the node, in octal.",
      ],
    },
  },
  {
    title: "Connection",
    services: both,
    settings: {
      "ssm-endpoint-url": [
        "SSM Endpoint",
        "URL of a VPC endpoint or an emulator. AWS_ENDPOINT_URL_SSM and AWS_ENDPOINT_URL in the server's environment work too, here and below.",
      ],
      "sts-endpoint-url": ["STS Endpoint", "The same for assuming roles."],
      "logs-endpoint-url": [
        "CloudWatch Logs Endpoint",
        "The same for CloudWatch Logs.",
      ],
      "s3-endpoint-url": ["S3 Endpoint", "The same for S3."],
      "ssm-sidecar": [
        "Sidecar",
        "For a helper process that executions will share: off will do without it. Today each execution works alone, whatever is set.",
      ],
    },
  },
  {
    title: "Server",
    services: both,
    settings: {
      "ssm-rundeck-url": [
        "Rundeck URL",
        "Rundeck's own URL. With the token, settings of the form project.<name> are found in projects that live in Rundeck's database.",
      ],
      "ssm-rundeck-token": [
        "Rundeck API Token",
        `Token that may read the project's configuration. ${keyStorage}`,
      ],
      "ssm-node-path": [
        "Node.js Path",
        "Path of the program node (20 or newer) on the Rundeck server, if it is found nowhere else. Only a plugin property, or RUNDECK_SSM_NODE in the server's environment.",
      ],
    },
  },
];
