import { documentArn, logGroupArn, nodeArns } from "./arns.ts";
import { oneOrMore, type Condition } from "./document.ts";
import { hasBucket, passesFiles, type StatementRecord } from "./record.ts";
import type { Kind, PolicySettings } from "./settings.ts";

const everything = () => ["*"];

/** What Rundeck does with Run Command, and by whose rights. */
export const commandStatements: readonly StatementRecord[] = [
  {
    sid: "SendDocuments",
    kinds: ["executor", "copier"],
    of: "rundeck",
    purpose: "The SSM documents that commands are sent with.",
    actions: [{ name: "ssm:SendCommand", without: "nothing works" }],
    resources: (settings, kind) =>
      listDocuments(settings, kind).map((name) => documentArn(settings, name)),
  },
  {
    sid: "SendToNodes",
    kinds: ["executor", "copier"],
    of: "rundeck",
    purpose:
      "The nodes that commands are sent to: EC2 instances and hybrid nodes (mi-…). Tags are asked for here, apart from the documents, which don't have them.",
    actions: [{ name: "ssm:SendCommand", without: "nothing works" }],
    resources: nodeArns,
    condition: tagCondition,
  },
  {
    sid: "FollowCommands",
    kinds: ["executor", "copier"],
    of: "rundeck",
    purpose:
      "What becomes of a command. IAM knows no resources for these actions.",
    actions: [
      { name: "ssm:GetCommandInvocation", without: "nothing works" },
      {
        name: "ssm:ListCommands",
        without:
          "a run whose send AWS did not answer ends with an error, since nobody can tell whether it was sent",
      },
      {
        name: "ssm:CancelCommand",
        without:
          "a killed job's command is ended by a second command on the node, and is Failed in AWS's history, not Cancelled",
      },
      {
        name: "ssm:ListCommandInvocations",
        without:
          "the sidecar asks for each node by itself, not for up to 50 at once",
        // copies are each of their own
        isNeeded: ({ sidecar }, kind) =>
          kind === "executor" && sidecar === "auto",
      },
    ],
    resources: everything,
  },
  {
    sid: "ReadLogs",
    kinds: ["executor"],
    of: "rundeck",
    purpose: "The output while a command runs (cloudwatch-log-group).",
    isNeeded: ({ logGroup }) => logGroup !== undefined,
    actions: [
      {
        name: "logs:GetLogEvents",
        without: "the output is shown when the command has ended",
      },
    ],
    resources: logGroupArns,
  },
  {
    sid: "AssumeRole",
    kinds: ["executor", "copier"],
    of: "rundeck",
    purpose:
      "The role that is assumed for a node (ssm-assume-role-arn), whose own policy then counts.",
    isNeeded: ({ role }) => role !== undefined,
    actions: [
      {
        name: "sts:AssumeRole",
        without: "nodes that are reached by the role can't be",
      },
    ],
    resources: ({ role }) => (role === undefined ? [] : [role]),
  },
  {
    sid: "ServeCommands",
    kinds: ["node"],
    of: "nodes",
    purpose:
      "The SSM agent itself, for Run Command alone. AmazonSSMManagedInstanceCore and the role of Default Host Management have it, with sessions, inventory and patches; agents that are older than 3.3.40 may need theirs.",
    actions: [
      {
        name: "ssm:UpdateInstanceInformation",
        without: "it is no managed node",
      },
      {
        name: "ssmmessages:CreateControlChannel",
        without: "it takes no commands",
      },
      {
        name: "ssmmessages:OpenControlChannel",
        without: "it takes no commands",
      },
    ],
    resources: everything,
  },
  {
    sid: "WriteLogs",
    kinds: ["node"],
    of: "nodes",
    purpose:
      "The output while a command runs (cloudwatch-log-group), which the SSM agent sends.",
    isNeeded: ({ logGroup }) => logGroup !== undefined,
    actions: ["CreateLogStream", "DescribeLogStreams", "PutLogEvents"].map(
      (name) => ({
        name: `logs:${name}`,
        without: "the output is shown a minute after the command has ended",
      }),
    ),
    resources: logGroupArns,
  },
];

/** The copier has scripts of its own, and the SSM agent's download for nodes without tools. */
function listDocuments(
  settings: PolicySettings,
  kind: Kind,
): readonly string[] {
  const { documents } = settings;
  const own = ["AWS-RunShellScript", "AWS-RunPowerShellScript"];
  if (kind === "executor") return documents.length > 0 ? documents : own;
  const isFetched = hasBucket(settings, kind) && passesFiles(settings);
  return isFetched ? [...own, "AWS-RunRemoteScript"] : own;
}

function logGroupArns(settings: PolicySettings): readonly string[] {
  const { logGroup } = settings;
  return logGroup === undefined ? [] : [logGroupArn(settings, logGroup)];
}

/** All tags have to be there, each with one of its values. Source: Systems Manager User Guide, "Restricting Run Command access based on tags". */
function tagCondition({ tags }: PolicySettings): Condition | undefined {
  if (tags.size === 0) return undefined;
  const wanted = [...tags].map(([key, values]) => [
    `ssm:resourceTag/${key}`,
    oneOrMore(values),
  ]);
  return { StringLike: Object.fromEntries(wanted) };
}
